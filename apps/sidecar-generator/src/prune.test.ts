import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { DirectorySource } from '@crates-mirror/crates-index';
import { NO_RULES, type SelectionRules, selectorOf } from '@crates-mirror/selection';
import { IndexRoot } from './index-root.ts';
import type { Problem } from './lane/protocol.ts';
import { prune } from './prune.ts';

const CKSUM = 'a'.repeat(64);

let directory: string;
let index: string;
let out: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'prune-'));
  index = join(directory, 'index');
  out = join(directory, 'm');
  write('index/config.json', '{}');
  for (const name of ['serde', 'gone']) {
    const path = `${name.slice(0, 2)}/${name.slice(2, 4)}`;
    write(`index/${path}/${name}`, `${JSON.stringify({ name, vers: '1.0.0', deps: [], cksum: CKSUM })}\n`);
    writeSidecar(`${path}/${name}-1.0.0.crate`, name);
  }
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), text);
}

function writeSidecar(crateFile: string, name: string): void {
  const index_path = `${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`.toLowerCase();
  const own = { crate_file: crateFile, crate_url: 'https://x.example/x.crate', index_path };
  write(`m/${crateFile}.json`, JSON.stringify({ name, vers: '1.0.0', cksum: CKSUM, ...own }));
}

/**
 * Prunes with an index that is changed after the run has begun.
 *
 * @returns the removed paths, and the problems
 */
async function pruneAfter(
  change: () => void,
  rules: Partial<SelectionRules> = {},
): Promise<[string[], Problem[]]> {
  const root = new IndexRoot(new DirectorySource(index));
  change();
  const removed: string[] = [];
  const problems: Problem[] = [];
  await prune({
    options: { out, layout: 'cargo', yes: true },
    index: root,
    selector: await selectorOf({ rules: { ...NO_RULES, ...rules }, chosen: undefined, now: 0 }),
    signal: new AbortController().signal,
    report: (problem) => problems.push(problem),
    onRemoved: (path) => removed.push(path),
  });
  return [removed, problems];
}

test('a crate that the index has lost loses its sidecars', async () => {
  const result = await pruneAfter(() => rmSync(join(index, 'go'), { recursive: true }));
  assert.deepEqual(result, [['go/ne/gone-1.0.0.crate.json'], []]);
});

test('versions that the selection leaves out lose their sidecars, but those only yanked do not', async () => {
  const yank = (): void => {
    const path = join(index, 'go/ne/gone');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"deps"', '"yanked":true,"deps"'));
  };
  assert.deepEqual(await pruneAfter(yank, { exclude: ['other'] }), [[], []]);
  assert.deepEqual(await pruneAfter(() => {}, { exclude: ['gone'] }), [['go/ne/gone-1.0.0.crate.json'], []]);
});

test('an index file that has been emptied, or damaged, says nothing of its crate', async () => {
  for (const text of ['', '\n', '\0'.repeat(100), '{"name":"gone"\n'])
    assert.deepEqual((await pruneAfter(() => write('index/go/ne/gone', text)))[0], [], JSON.stringify(text));
});

test('an index that is gone, or another one, says nothing of any crate', async () => {
  const away = join(directory, 'away');
  for (const [what, change] of [
    ['moved away', () => {}],
    ['unmounted', () => mkdirSync(index)],
    [
      'swapped',
      () => {
        cpSync(away, index, { recursive: true });
        rmSync(join(index, 'go'), { recursive: true });
      },
    ],
  ] as const) {
    const changed = pruneAfter(() => {
      renameSync(index, away);
      change();
    });
    const message = `pruning stopped: ${index} is no longer the index that this run began with`;
    await assert.rejects(changed, { name: 'FatalError', message }, what);
    for (const path of ['se/rd/serde', 'go/ne/gone'])
      assert.ok(existsSync(join(out, `${path}-1.0.0.crate.json`)), `${what}: ${path}`);
    rmSync(index, { recursive: true, force: true });
    renameSync(away, index);
  }
});

test('what stands in an index file’s way is no lost crate', async () => {
  for (const [code, replace] of [
    ['ENOENT', () => symlinkSync('/does/not/exist', join(index, 'go'))],
    ['ENOTDIR', () => writeFileSync(join(index, 'go'), '')],
    ['EISDIR', () => mkdirSync(join(index, 'go/ne/gone'), { recursive: true })],
  ] as const) {
    const changed = pruneAfter(() => {
      rmSync(join(index, 'go'), { recursive: true });
      replace();
    });
    const message = `pruning stopped: ${join(index, 'go/ne/gone')} cannot be read: ${code}: `;
    await assert.rejects(
      changed,
      (error: Error) => error.name === 'FatalError' && error.message.startsWith(message),
    );
    assert.ok(existsSync(join(out, 'go/ne/gone-1.0.0.crate.json')), code);
  }
});

test('files that another program made stay, whatever their content', async () => {
  const path = 'go/ne/gone';
  const sidecar = {
    name: 'gone',
    vers: '1.0.0',
    crate_file: `${path}-1.0.0.crate`,
    crate_url: 'https://x.example/',
  };
  for (const [file, fields] of [
    ['se/rd/copy.json', { ...sidecar, index_path: path }],
    [
      'se/rd/name.json',
      { ...sidecar, name: '../gone', crate_file: 'se/rd/name', index_path: '../../../gone' },
    ],
    ['se/rd/version.json', { ...sidecar, vers: 'latest', crate_file: 'se/rd/version', index_path: path }],
    ['se/rd/elsewhere.json', { ...sidecar, crate_file: 'se/rd/elsewhere', index_path: 'go/ne/other' }],
    ['se/rd/without.json', { ...sidecar, crate_file: 'se/rd/without', crate_url: 7, index_path: path }],
    ['se/rd/list.json', [1]],
    ['se/rd/null.json', null],
  ] as const)
    write(`m/${file}`, JSON.stringify(fields));
  const [removed, problems] = await pruneAfter(() => rmSync(join(index, 'go'), { recursive: true }));
  assert.deepEqual([removed, problems], [[`${path}-1.0.0.crate.json`], []]);
});
