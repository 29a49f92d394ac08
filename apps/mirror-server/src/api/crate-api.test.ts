import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IndexedVersion } from '@crates-mirror/sparse-index';
import { NameList } from '../counts/name-list.ts';
import { NameSearch } from '../counts/name-search.ts';
import { CrateApi } from './crate-api.ts';
import type { CrateManifest } from './manifest.ts';

const SHA = 'c'.repeat(64);
const MANIFEST: CrateManifest = {
  description: 'Does a thing',
  homepage: undefined,
  documentation: undefined,
  repository: 'https://git.example/a',
  license: 'MIT',
  edition: '2021',
  rustVersion: '1.60',
  keywords: ['Text'],
  categories: ['encoding'],
};

function version(name: string, vers: string, more: object = {}, isHeld = true): IndexedVersion {
  const line = { name, vers, deps: [], cksum: SHA, features: {}, yanked: false, ...more };
  return {
    entry: {
      name,
      version: vers,
      cksum: SHA,
      yanked: line.yanked,
      hasOtherFields: false,
      line: 1,
      start: 0,
      end: 0,
    },
    line: JSON.stringify(line),
    place: isHeld ? { kind: 'loose', path: '', size: 7, mtimeMs: 0 } : undefined,
    denial: undefined,
  };
}

const TEXT = [
  version('Text', '1.0.0', {
    pubtime: '2026-01-02T03:04:05Z',
    features: { default: ['x'] },
    features2: { x: ['dep:b'] },
  }),
  version('Text', '1.2.0+a', {
    deps: [
      {
        name: 'renamed',
        package: 'b',
        req: '^1',
        features: ['f'],
        optional: true,
        default_features: false,
        target: 'cfg(unix)',
        kind: 'dev',
      },
      { name: 7 },
    ],
  }),
  version('Text', '1.10.0', { yanked: true }),
  version('Text', '1.3.0', {}, false),
  version('Text', '2.0.0-rc.1', { rust_version: '1.70', links: 'z' }),
  version('Text', '1.1.9', { pubtime: 'yesterday' }),
];

/**
 * An API over some crates. All have the same manifest, except for `odd`, whose manifest cannot be
 * read.
 */
function apiOf(crates: Record<string, readonly IndexedVersion[]>, isComplete = true): CrateApi {
  const names = new NameList(
    isComplete
      ? Object.keys(crates)
          .map((name) => `${name}\n`)
          .join('')
      : '',
  );
  const counts = { finishedAt: isComplete ? 1 : undefined };
  const list = async (name: string): Promise<readonly IndexedVersion[] | undefined> => crates[name];
  const find = async (): Promise<undefined> => undefined;
  const manifests = {
    find: async ({ name }: { name: string }) => (name === 'odd' ? undefined : MANIFEST),
  };
  return new CrateApi({ index: { list }, names: new NameSearch({ names, counts }, { find }), manifests });
}

async function ask(api: CrateApi, path: string, query = ''): Promise<Record<string, unknown>> {
  const answer = await api.answer(['v1', 'crates', ...path.split('/').filter((part) => part !== '')], query);
  return 'body' in answer ? (JSON.parse(String(answer.body)) as Record<string, unknown>) : { ...answer };
}

test('a crate: its held versions, newest first, and its manifest', async () => {
  const { crate, versions, keywords, categories } = await ask(apiOf({ Text: TEXT }), 'Text');
  assert.deepEqual(crate, {
    id: 'Text',
    name: 'Text',
    description: 'Does a thing',
    homepage: null,
    documentation: null,
    repository: 'https://git.example/a',
    keywords: ['Text'],
    categories: ['encoding'],
    default_version: '1.2.0+a',
    max_version: '2.0.0-rc.1',
    max_stable_version: '1.2.0+a',
    newest_version: '1.1.9',
    num_versions: 5,
    yanked: false,
    created_at: '2026-01-02T03:04:05Z',
    links: { versions: '/api/v1/crates/Text/versions' },
  });
  assert.deepEqual(keywords, [{ id: 'text', keyword: 'Text' }]);
  assert.deepEqual(categories, [{ id: 'encoding', slug: 'encoding' }]);
  const numbers = (versions as { num: string }[]).map(({ num }) => num);
  assert.deepEqual(numbers, ['1.1.9', '2.0.0-rc.1', '1.10.0', '1.2.0+a', '1.0.0']);
  const all = await ask(apiOf({ Text: TEXT }), 'Text/versions');
  assert.deepEqual(
    (all['versions'] as { num: string }[]).map(({ num }) => num),
    numbers,
  );
  assert.deepEqual(all['meta'], { total: 5, next_page: null });
});

test('a denied version is refused with the reason, and left out of all else', async () => {
  const denial = { crate: 'Text', versions: undefined, reason: 'reads keys', since: undefined };
  const api = apiOf({ Text: [...TEXT, { ...version('Text', '3.0.0', {}, false), denial }] });
  for (const path of ['Text/3.0.0', 'Text/3.0.0/download', 'Text/3.0.0/dependencies'])
    assert.deepEqual(await ask(api, path), {
      status: 403,
      detail: 'Text 3.0.0 is denied by this mirror: reads keys',
    });
  assert.doesNotMatch(JSON.stringify(await ask(api, 'Text')), /3\.0\.0/);
});

test('a version, its dependencies, and where its crate file is', async () => {
  const api = apiOf({ Text: TEXT });
  assert.deepEqual(await ask(api, 'Text/1.0.0'), {
    version: {
      crate: 'Text',
      num: '1.0.0',
      dl_path: '/api/v1/crates/Text/1.0.0/download',
      created_at: '2026-01-02T03:04:05Z',
      updated_at: '2026-01-02T03:04:05Z',
      features: { default: ['x'], x: ['dep:b'] },
      yanked: false,
      checksum: SHA,
      crate_size: 7,
      rust_version: '1.60',
      lib_links: null,
      license: 'MIT',
      edition: '2021',
      description: 'Does a thing',
      homepage: null,
      documentation: null,
      repository: 'https://git.example/a',
      links: { dependencies: '/api/v1/crates/Text/1.0.0/dependencies' },
    },
  });
  const { dependencies } = await ask(api, 'Text/1.2.0+a/dependencies');
  assert.deepEqual(dependencies, [
    {
      crate_id: 'b',
      req: '^1',
      kind: 'dev',
      optional: true,
      default_features: false,
      features: ['f'],
      target: 'cfg(unix)',
    },
  ]);
  assert.deepEqual(await ask(api, 'Text/1.2.0+a/download'), {
    location: `../../../../../crates/te/xt/Text-1.2.0%2Ba.crate?sha256=${SHA}`,
  });
});

test('what cannot be known is not invented', async () => {
  const api = apiOf({ odd: [version('odd', '0.1.0', { yanked: true })] });
  const { crate, versions } = await ask(api, 'odd');
  const { description, keywords, yanked, max_version, max_stable_version } = crate as Record<string, unknown>;
  assert.deepEqual(
    [description, keywords, yanked, max_version, max_stable_version],
    [null, undefined, true, '0.1.0', null],
  );
  const [only] = versions as Record<string, unknown>[];
  for (const field of ['license', 'downloads', 'created_at', 'edition'])
    assert.equal(field in (only ?? {}), false, field);
});

test('a search, page by page', async () => {
  const names = ['context', 'text', 'text-io', 'rich_text', 'gone'];
  const crates = Object.fromEntries(names.map((name) => [name, [version(name, '1.0.0')]]));
  crates['gone'] = [version('gone', '1.0.0', {}, false)];
  const api = apiOf(crates);
  const search = async (query: string) => {
    const { crates: found, meta } = await ask(api, '', query);
    return { names: (found as { name: string }[]).map(({ name }) => name), meta };
  };
  assert.deepEqual(await search('q=text&per_page=3'), {
    names: ['text', 'text-io', 'rich_text'],
    meta: { total: 4, next_page: '?q=text&per_page=3&page=2', prev_page: null },
  });
  assert.deepEqual(await search('q=text&per_page=3&page=2'), {
    names: ['context'],
    meta: { total: 4, next_page: null, prev_page: '?q=text&per_page=3&page=1' },
  });
  assert.deepEqual((await search('per_page=100')).names, ['context', 'text', 'text-io', 'rich_text']);
  const { crates: exact } = await ask(api, '', 'q=text&per_page=1');
  const [first] = exact as Record<string, unknown>[];
  assert.deepEqual(
    [first?.['exact_match'], first?.['max_version'], first?.['description']],
    [true, '1.0.0', 'Does a thing'],
  );
});

test('a path is never taken for another one that looks like it with its query', async () => {
  const api = apiOf({ Text: TEXT });
  assert.equal((await ask(api, 'Text?x'))['status'], 404);
  assert.ok('crate' in (await ask(api, 'Text', 'x?')));
});

test('a slash at the end of a path changes nothing', async () => {
  const api = apiOf({ Text: TEXT });
  for (const path of [[], ['Text'], ['Text', 'versions'], ['Text', '1.0.0', 'dependencies']])
    assert.deepEqual(
      await api.answer(['v1', 'crates', ...path, ''], ''),
      await api.answer(['v1', 'crates', ...path], ''),
    );
});

test('everything else is refused with a reason', async () => {
  const api = apiOf({ Text: TEXT });
  const table: [string, string, number, RegExp][] = [
    ['nope', '', 404, /^crate `nope` is not in this mirror$/],
    ['not a name', '', 404, /is not in this mirror$/],
    ['Text/1.3.0', '', 404, /^crate `Text` has no version `1\.3\.0` in this mirror$/],
    ['Text/latest', '', 404, /does not answer this part/],
    ['Text/1.0.0/readme', '', 404, /does not answer this part/],
    ['Text/1.0.0/download/x', '', 404, /does not answer this part/],
    ['Text/owners', '', 404, /^a mirror does not know the owners/],
    ['', 'q=a&per_page=101', 400, /^per_page must be/],
    ['', 'q=a&per_page=x', 400, /^per_page must be/],
    ['', 'q=a&page=0', 400, /^page must be/],
    ['', 'q=a&page=9999999999', 400, /^page must be/],
    ['', `q=${'a'.repeat(65)}`, 400, /^q has at most/],
  ];
  for (const [path, query, status, detail] of table) {
    const answer = await ask(api, path, query);
    assert.equal(answer['status'], status, path + query);
    assert.match(String(answer['detail']), detail);
  }
  for (const path of [[], ['v1'], ['v2', 'crates'], ['v1', 'summary']])
    assert.deepEqual(Object.keys(await api.answer(path, '')), ['status', 'detail']);
  const counting = await ask(apiOf({ Text: TEXT }, false), '', 'q=x');
  assert.equal(counting['status'], 503, 'nothing found means nothing before all names are known');
});
