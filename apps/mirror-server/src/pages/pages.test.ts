import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { VersionReq } from '@crates-mirror/semver';
import fc from 'fast-check';
import { formatAge } from './age.ts';
import { newestPage } from './arrivals.ts';
import { cratePage, unknownCratePage } from './crate-page.ts';
import { cratesPage } from './crates-page.ts';
import { homePage } from './home-page.ts';
import { html } from './html.ts';
import { notFoundPage } from './not-found-page.ts';
import { type PageDeps, Pages } from './pages.ts';

function requirement(text: string): VersionReq {
  const parsed = VersionReq.parse(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

const NOW = Date.UTC(2026, 10, 24);
const COUNTS = {
  crates: 254_123,
  versions: 2_000_001,
  bytes: 412e9,
  lost: 0,
  unlisted: 0,
  finishedAt: NOW - 130_000,
};
const WHOLE = { damaged: 0, lost: 0 };
const HOME = {
  counts: COUNTS,
  damage: WHOLE,
  commit: { id: 'abcdef0123456789', tree: '', committedAt: new Date(NOW - 7_200_000).toISOString() },
  origin: 'https://m.example',
  servesRemoved: false,
  search: undefined,
  initials: [
    { prefix: 'a', count: 12_000 },
    { prefix: 's', count: 1 },
  ],
  arrivals: { newest: [{ name: 'serde', version: '1.0.1', at: NOW - 3_600_000 }], lastDay: 1534 },
  now: NOW,
};

test('whatever is put into a template, it is no markup', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const { text: written } = html`<a title="${text}">${text}</a>`;
      assert.match(written, /^<a title="[^<>"]*">[^<>]*<\/a>$/s);
    }),
  );
  assert.equal(
    html`${'<b>&"\'</b>'}${html`<i>`}${[html`1`, html`2`]}${3}`.text,
    '&lt;b&gt;&amp;&quot;&#39;&lt;/b&gt;<i>123',
  );
});

test('the home page says how much is held, and escapes the query', () => {
  const page = homePage(HOME);
  for (const part of [
    '254,123',
    '2,000,001',
    '412 GB',
    '2 hours ago',
    'abcdef0123<',
    'Counted 2 minutes ago.',
    'index = &quot;sparse+https://m.example/index/&quot;',
    '<a href="crates/?prefix=a">a</a> <small class="note">12,000</small>',
    '1,534 versions in the 24 hours',
    '<a href="crates/serde">serde</a> 1.0.1 <small class="note">1 hour ago</small>',
  ])
    assert.ok(page.body.text.includes(part.replaceAll('&quot;', '"')), part);
  assert.doesNotMatch(page.body.text, /have left the index/);
  const search = { text: '<script>', names: [], isCut: false };
  const found = homePage({
    ...HOME,
    counts: { ...COUNTS, finishedAt: undefined },
    commit: undefined,
    origin: '',
    search,
  });
  assert.ok(!found.body.text.includes('<script>'));
  assert.match(found.body.text, /No crate has “&lt;script&gt;” in its name/);
  assert.match(found.body.text, /not all names are known yet/);
});

test('the home page warns of damaged and lost files, and of nothing else', () => {
  const textOf = (damage: typeof WHOLE): string => homePage({ ...HOME, damage }).body.text;
  assert.doesNotMatch(textOf(WHOLE), /role="status"/);
  assert.match(
    textOf({ damaged: 1, lost: 0 }),
    /role="status" class="warning"><strong>1 crate file damaged<\/strong> in this mirror/,
  );
  assert.match(textOf({ damaged: 1200, lost: 3 }), /<strong>1,200 crate files damaged, 3 crate files lost</);
});

test('the list of crates leads to longer prefixes, pages through names, and escapes the query', () => {
  const facts = {
    prefix: 'se',
    total: 401,
    longer: [{ prefix: 'ser', count: 300 }],
    names: ['serde'],
    page: 2,
    isComplete: true,
  };
  const { text } = cratesPage(facts).body;
  for (const part of [
    '<h1>Crates that begin with “se”</h1>',
    '<a href="./?prefix=s">s</a>',
    '<a href="./?prefix=ser">ser</a>',
    '<li><a href="serde">serde</a></li>',
    '<a rel="prev" href="./?prefix=se">Previous</a> Page 2 of 3 <a rel="next" href="./?prefix=se&amp;page=3">',
  ])
    assert.ok(text.includes(part), part);
  const all = cratesPage({ ...facts, prefix: '', page: 1 }).body.text;
  assert.doesNotMatch(all, /href="serde"/, 'too many to list');
  assert.match(cratesPage({ ...facts, prefix: '', total: 1 }).body.text, /href="serde"/);
  const hostile = cratesPage({ ...facts, prefix: '<b>', total: 0, names: [], isComplete: false }).body.text;
  assert.doesNotMatch(hostile, /<b>/);
  assert.match(hostile, /not all names are known yet/);
});

test('what came last, with its times', () => {
  const { text } = newestPage(HOME.arrivals, true).body;
  assert.match(
    text,
    /href="crates\/serde">serde<.*<td class="free">1\.0\.1<.*datetime="2026-11-23T23:00:00\.000Z">2026-11-23 23:00</,
  );
  assert.match(newestPage({ newest: [], lastDay: 0 }, false).body.text, /not known yet/);
});

test('a page that does not exist searches', () => {
  const page = notFoundPage('../../', 'no such crate');
  assert.equal(page.status, 404);
  assert.match(page.body.text, /<p>No such crate\.<\/p>\n<form role="search" action="\.\.\/\.\.\/"/);
});

test('a crate page shows held versions, newest first, and counts the rest', () => {
  const version = (vers: string, more: object, isHeld = true) => ({
    entry: {
      name: 'vendored',
      version: vers,
      cksum: 'c'.repeat(64),
      yanked: false,
      hasOtherFields: false,
      line: 1,
      start: 0,
      end: 0,
      ...more,
    },
    line: JSON.stringify({
      rust_version: '1.60',
      pubtime: '2026-01-02T03:04:05Z',
      deps: [
        {
          name: 'renamed',
          package: 'syn',
          req: '^2',
          features: ['full'],
          optional: true,
          target: null,
          kind: 'normal',
        },
        { name: 'cc', req: '^1', features: [], optional: false, target: 'cfg(unix)', kind: 'build' },
      ],
      features: { default: ['std'], std: [] },
    }),
    place: isHeld ? { kind: 'loose' as const, path: '', size: 1234, mtimeMs: 0 } : undefined,
    denial: undefined,
  });
  const page = cratePage([
    version('1.0.0', { yanked: true }),
    version('1.1.0+a.b', {}),
    version('1.2.0', {}, false),
    version('2.0.0-rc.1', {}),
  ]);
  assert.equal(page.status, 200);
  const { text } = page.body;
  assert.match(text, /vendored = "1\.1\.0"/, 'neither yanked, nor a pre-release, nor build metadata');
  assert.match(text, /3 versions/);
  assert.match(text, /2\.0\.0-rc\.1.*1\.1\.0\+a\.b.*1\.0\.0 <span class="badge">yanked/s);
  assert.match(text, /href="vendored\/vendored-1\.1\.0%2Ba\.b\.crate\?sha256=c{64}"/);
  assert.match(text, /1\.23 kB/);
  assert.match(text, /Rust 1\.60/);
  assert.match(text, /<time datetime="2026-01-02T03:04:05Z">2026-01-02</);
  assert.match(
    text,
    /<h2>Dependencies<\/h2>\n<ul><li><a href="syn">syn<\/a> <code>\^2<\/code> <span class="note">optional; with full</,
  );
  assert.match(text, /<h2>Build dependencies<\/h2>\n<ul><li><a href="cc">cc<\/a> .*for cfg\(unix\)/);
  assert.match(text, /<code>default<\/code> enables <code>std<\/code>/);
  const described = cratePage([version('1.0.0', {})], {
    description: 'A <b>crate</b>',
    license: 'MIT',
    homepage: 'javascript:alert(1)',
    repository: 'https://example.org/r',
    documentation: undefined,
    edition: undefined,
    rustVersion: undefined,
    keywords: [],
    categories: [],
  }).body.text;
  assert.match(described, /A &lt;b&gt;crate/);
  assert.match(described, /<dt>Licence<\/dt><dd>MIT</);
  assert.match(described, /href="https:\/\/example\.org\/r"/);
  assert.doesNotMatch(described, /javascript:/);
  assert.match(text, /The index knows 1 more, which this mirror does not hold/);
  const unheld = cratePage([version('1.0.0', {}, false)]);
  assert.equal(unheld.status, 404);
  assert.match(unheld.body.text, /role="search"/);
  assert.doesNotMatch(text, /denied/);
  const denial = { crate: 'vendored', versions: undefined, reason: 'reads <keys>', since: '2026-11-02' };
  const denied = cratePage([{ ...version('1.0.0', {}, false), denial }, version('1.1.0', {})]).body.text;
  assert.match(denied, /1\.0\.0 <span class="badge">denied<.*<td>reads &lt;keys&gt;<\/td><td>2026-11-02</s);
  assert.doesNotMatch(denied, /which this mirror does not hold/);
  const advisory = {
    id: 'RUSTSEC-2026-0001',
    package: 'vendored',
    date: '2026-11-02',
    title: 'A <hole>',
    informational: undefined,
    withdrawn: undefined,
    patched: [requirement('>=1.1.0')],
    unaffected: [],
    arch: [],
    os: [],
  };
  const all = [version('1.0.0', {}), version('1.0.1', {}, false), version('1.1.0', {})];
  const warned = cratePage(all, undefined, [advisory]).body.text;
  assert.match(
    warned,
    /RUSTSEC-2026-0001<\/a>.*A &lt;hole&gt; <span class="badge">vulnerability<.*<td>1\.0\.0<\/td>/s,
  );
  assert.doesNotMatch(cratePage(all.slice(2), undefined, [advisory]).body.text, /RUSTSEC/);
  assert.equal(unknownCratePage('x').status, 404);
  assert.match(unknownCratePage('x').body.text, /role="search" action="\.\.\/"/);
});

test('ages, as people say them', () => {
  const table: [number, string][] = [
    [0, 'just now'],
    [59_999, 'just now'],
    [60_000, '1 minute ago'],
    [7_199_000, '1 hour ago'],
    [86_400_000 * 12, '12 days ago'],
  ];
  for (const [ms, text] of table) assert.equal(formatAge(ms), text);
});

test("many who ask for a crate's page at once are handed the same one, for a second", async (t) => {
  let now = performance.now();
  t.mock.method(performance, 'now', () => now);
  let looks = 0;
  const list = async (): Promise<undefined> => {
    looks += 1;
    await sleep(20);
  };
  const pages = new Pages({ index: { list } } as unknown as PageDeps);
  const asked = await Promise.all(Array.from({ length: 100 }, () => pages.crate('serde')));
  assert.equal(new Set(asked).size, 1);
  assert.notEqual(await pages.crate('syn'), asked[0]);
  assert.equal(looks, 2);
  now += 1010;
  // lru-cache reads the clock at most once per millisecond.
  await sleep(20);
  assert.notEqual(await pages.crate('serde'), asked[0]);
});
