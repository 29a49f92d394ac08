import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import { mirrorSample, writeSample } from '../support/mirror-server-tools.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import {
  type Cleanup,
  type Ended,
  readTree,
  runTool,
  scratch,
  sortedPaths,
  summary,
} from '../support/tools.ts';

const LOOSE = [
  '--mirror',
  'out',
  '--index-dir',
  'index',
  '--out',
  'site',
  '--public-url',
  'https://m.example',
];
const BUNDLED = ['--bundles-dir', 'bundles', ...LOOSE.slice(2)];

function exportSite(t: Cleanup, cwd: string, args: readonly string[]): Promise<Ended> {
  return runTool(t, 'mirror-server', ['export', ...args], cwd);
}

/** For object stores, a file whose version has a `+` also has a name with a space. */
const isOnlyName = (path: string): boolean => !path.includes(' ');

const inode = (path: string): number => statSync(path).ino;

test('the site has what the server would serve: links to loose files, copies out of bundles', async (t) => {
  const cwd = scratch(t);
  const sample = await mirrorSample(t, cwd);
  const ended = await exportSite(t, cwd, LOOSE);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(
    ended.stdout,
    /^site is ready to be served at https:\/\/m\.example \(.*\)\.\n\n {2}crates +25\n {2}crate files +33 +21\.3 kB\n/,
  );
  const index = readTree(join(cwd, 'site/index'));
  const dl = 'https://m.example/crates/{lowerprefix}/{crate}-{version}.crate?sha256={sha256-checksum}';
  assert.deepEqual(JSON.parse(String(index.get('config.json'))), { dl, api: null });
  index.delete('config.json');
  assert.deepEqual(sortedPaths(index), sortedPaths(sample.index));
  for (const [path, lines] of sample.index) assert.equal(index.get(path)?.toString(), lines);
  const crates = readTree(join(cwd, 'site/crates'));
  assert.deepEqual(sortedPaths(crates).filter(isOnlyName), sortedPaths(readTree(join(cwd, 'out'))));
  for (const path of crates.keys())
    assert.equal(inode(join(cwd, 'site/crates', path)), inode(join(cwd, 'out', path.replace(' ', '+'))));

  await mirrorSample(t, cwd, '--bundle', '--out', 'other');
  const bundled = await exportSite(t, cwd, [
    ...BUNDLED.slice(0, 4),
    '--out',
    'copies',
    '--public-url',
    'https://m.example',
  ]);
  assert.equal(bundled.code, 0, bundled.stderr);
  assert.deepEqual(readTree(join(cwd, 'copies/index')), readTree(join(cwd, 'site/index')));
  assert.deepEqual(readTree(join(cwd, 'copies/crates')), crates);
});

test('--files copy makes copies of what an earlier run has linked', async (t) => {
  const cwd = scratch(t);
  await mirrorSample(t, cwd);
  assert.equal((await exportSite(t, cwd, LOOSE)).code, 0);
  const copying = [...LOOSE, '--files', 'copy', '--log-format', 'json'];
  const copied = await exportSite(t, cwd, copying);
  assert.equal(copied.code, 0, copied.stderr);
  assert.equal(summary(copied)['placed'], 33);
  const crates = new Map([...readTree(join(cwd, 'site/crates'))].filter(([path]) => isOnlyName(path)));
  assert.deepEqual(crates, readTree(join(cwd, 'out')));
  for (const path of crates.keys())
    assert.notEqual(inode(join(cwd, 'site/crates', path)), inode(join(cwd, 'out', path)), path);
  assert.equal(summary(await exportSite(t, cwd, copying))['placed'], 0);
});

test('a site is up to date only for the URL that it was made for', async (t) => {
  const cwd = scratch(t);
  await mirrorSample(t, cwd);
  assert.equal((await exportSite(t, cwd, LOOSE)).code, 0);
  assert.match(
    (await exportSite(t, cwd, LOOSE)).stdout,
    /^site was up to date to be served at https:\/\/m\.example \(/,
  );
  const moved = await exportSite(t, cwd, [...LOOSE.slice(0, -1), 'https://n.example']);
  assert.match(moved.stdout, /^site is ready to be served at https:\/\/n\.example \(/);
});

test('a rerun changes what has changed, and nothing else', async (t) => {
  const cwd = scratch(t);
  const sample = await writeSample(cwd);
  const args = [...LOOSE, '--files', 'copy', '--log-format', 'json'];
  assert.equal((await exportSite(t, cwd, args)).code, 0);
  const times = (): [string, number][] =>
    sortedPaths(readTree(join(cwd, 'site'))).map((path) => [path, statSync(join(cwd, 'site', path)).mtimeMs]);
  const before = times();
  const { placed, unchanged, index_files: indexFiles } = summary(await exportSite(t, cwd, args));
  assert.deepEqual({ placed, unchanged, indexFiles }, { placed: 0, unchanged: 33, indexFiles: 0 });
  assert.deepEqual(times(), before);

  // One crate is removed, one is yanked, and one version was published again under the same number.
  rmSync(join(cwd, 'index/ro'), { recursive: true });
  const grid = (sample.index.get('gr/id/grid') as string).replace('"yanked":false', '"yanked":true');
  writeFileSync(join(cwd, 'index/gr/id/grid'), grid);
  const morse = sample.index.get('mo/rs/morse') as string;
  const anew = morse.replace(/"cksum":"[0-9a-f]+"/, `"cksum":"${sha256Hex('anew')}"`);
  writeFileSync(join(cwd, 'index/mo/rs/morse'), anew);
  rmSync(join(cwd, 'out/mo/rs/morse-0.1.2.crate'));
  writeFileSync(join(cwd, 'out/mo/rs/morse-0.1.2.crate'), 'anew');
  const changed = await exportSite(t, cwd, args);
  assert.equal(changed.code, 0, changed.stderr);
  const {
    placed: replaced,
    index_files: renewed,
    index_files_removed: removed,
    withdrawn,
  } = summary(changed);
  assert.deepEqual(
    { replaced, renewed, removed, withdrawn },
    { replaced: 1, renewed: 2, removed: 1, withdrawn: 1 },
  );
  const site = readTree(join(cwd, 'site'));
  assert.equal(site.get('crates/mo/rs/morse-0.1.2.crate')?.toString(), 'anew');
  assert.equal(site.get('index/mo/rs/morse')?.toString(), anew);
  assert.equal(site.get('index/gr/id/grid')?.toString(), grid);
  assert.equal(site.has('index/ro/ma/roman'), false);
  assert.equal(site.has('crates/ro/ma/roman-1.0.0.crate'), false);
  assert.deepEqual(readdirSync(join(cwd, 'site/.crates-mirror/tmp')), []);
});

test('web servers make ETags of size and seconds: an index file never keeps both when it changes', async (t) => {
  const cwd = scratch(t);
  const sample = await writeSample(cwd);
  const lines = sample.index.get('ro/ma/roman') as string;
  const seen = new Set<string>();
  for (const vowel of ['a', 'e', 'i', 'o']) {
    writeFileSync(join(cwd, 'index/ro/ma/roman'), lines.replace('"deps"', `"d${vowel}ps"`));
    assert.equal((await exportSite(t, cwd, LOOSE)).code, 0);
    const { size, mtimeMs } = statSync(join(cwd, 'site/index/ro/ma/roman'));
    seen.add(`${Math.floor(mtimeMs / 1000)} ${size}`);
  }
  assert.equal(seen.size, 4);
});

test('an entry whose crate file is missing is left out, and the file that a site has of it stays', async (t) => {
  const cwd = scratch(t);
  const sample = await writeSample(cwd);
  assert.equal((await exportSite(t, cwd, [...LOOSE, '--files', 'copy'])).code, 0);
  rmSync(join(cwd, 'out/te/xt/textkit-1.1.0.crate'));
  const ended = await exportSite(t, cwd, [...LOOSE, '--files', 'copy', '--prune']);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /not in the mirror +1 {3}left out of the index/);
  const kept = (sample.index.get('te/xt/textkit') as string)
    .split('\n')
    .filter((line) => !line.includes('"vers":"1.1.0"'));
  const site = readTree(join(cwd, 'site'));
  assert.equal(site.get('index/te/xt/textkit')?.toString(), kept.join('\n'));
  assert.ok(site.has('crates/te/xt/textkit-1.1.0.crate'), 'the index still names it');
});

test('an export says why crate files are not in the mirror, and warns of a version with two checksums', async (t) => {
  const cwd = scratch(t);
  const upstream = await mirrorSample(t, cwd);
  for (const path of ['te/xt/textkit-1.1.0', '3/h/hex-0.9.0', 'ro/ma/roman-1.0.0'])
    rmSync(join(cwd, `out/${path}.crate`));
  rmSync(join(cwd, 'out/.crates-mirror/verified-1'), { recursive: true });
  const record = {
    schema_version: 1,
    path: 'te/xt/textkit-1.1.0.crate',
    storage: 'filesystem',
    bundle_path: null,
    size: null,
    finished_at: '2026-01-01T00:00:00Z',
    status: 'missing_upstream',
  };
  writeFileSync(join(cwd, 'missing.jsonl'), `${JSON.stringify(record)}\n`);
  const file = join(cwd, 'index/te/xt/textkit');
  const listedTwice = (upstream.index.get('te/xt/textkit') as string).split('\n', 1)[0] as string;
  const other = listedTwice.replace(/"cksum":"[0-9a-f]+"/, `"cksum":"${sha256Hex('other')}"`);
  writeFileSync(file, `${other}\n${readFileSync(file, 'utf8')}`);

  const guessed = await exportSite(t, cwd, LOOSE);
  assert.equal(guessed.code, 0, guessed.stderr);
  assert.match(
    guessed.stdout,
    /not in the mirror +3 {3}left out of the index: 1 yanked, 2 not mirrored yet or missing upstream \(--manifest shows which\); --log-level debug lists them\n/,
  );
  assert.match(guessed.stderr, /WARN te\/xt\/textkit:2: 1\.0\.0 is listed again with another checksum: /);
  const known = await exportSite(t, cwd, [...LOOSE, '--manifest', 'missing.jsonl', '--log-level', 'debug']);
  assert.match(
    known.stdout,
    /left out of the index: 1 missing upstream, 1 yanked, 1 not mirrored yet; --log-level debug lists them\n/,
  );
  for (const line of [
    'textkit 1.1.0 (missing upstream)',
    'hex 0.9.0 (yanked)',
    'roman 1.0.0 (not mirrored yet)',
  ])
    assert.ok(known.stderr.includes(`not in the mirror: ${line}\n`), known.stderr);
});

test('an index file that has been damaged removes nothing from a site', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  assert.equal((await exportSite(t, cwd, LOOSE)).code, 0);
  const crates = readTree(join(cwd, 'site/crates'));
  const index = readTree(join(cwd, 'site/index'));
  writeFileSync(join(cwd, 'index/te/xt/textkit'), 'no line at all\n');
  writeFileSync(join(cwd, 'index/ro/ma/roman'), '');
  const emptied = await exportSite(t, cwd, [...LOOSE, '--prune']);
  assert.equal(emptied.code, 1);
  assert.match(emptied.stderr, / WARN ro\/ma\/roman: has no line that can be used\n/);
  assert.deepEqual(readTree(join(cwd, 'site/crates')), crates);
  assert.deepEqual(readTree(join(cwd, 'site/index')), index);

  // The version of a malformed line is unknown; everything else is pruned.
  writeFileSync(join(cwd, 'index/ro/ma/roman'), index.get('ro/ma/roman') as Buffer);
  const torn = String(index.get('te/xt/textkit')).replace('"vers"', '"v?rs"');
  writeFileSync(join(cwd, 'index/te/xt/textkit'), torn);
  writeFileSync(join(cwd, 'site/crates/left-over'), '');
  const pruned = await exportSite(t, cwd, [...LOOSE, '--prune']);
  assert.equal(pruned.code, 1);
  assert.match(pruned.stdout, / named by nothing +1 {3}removed\n/);
  assert.deepEqual(readTree(join(cwd, 'site/crates')), crates);
});

test('a site is taken only where there is nothing, or a site of ours', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  mkdirSync(join(cwd, 'home'));
  writeFileSync(join(cwd, 'home/thesis.tex'), '');
  writeFileSync(join(cwd, 'file'), '');
  symlinkSync('out', join(cwd, 'alias'));
  mkdirSync(join(cwd, 'linked/.crates-mirror'), { recursive: true });
  writeFileSync(join(cwd, 'linked/.crates-mirror/site.json'), '{"format_version":1}');
  symlinkSync('../out', join(cwd, 'linked/crates'));
  const at = (out: string): string[] => [
    ...LOOSE.slice(0, 4),
    '--out',
    out,
    '--public-url',
    'https://m.example',
  ];
  const table: [string[], RegExp][] = [
    [
      at('home'),
      /^mirror-server: --out: home is no site of ours, and not empty\. Name a new or an empty directory\n$/,
    ],
    [
      at('out'),
      /^mirror-server: --out: out and out are the same, or one is in the other\. Give it a directory of its own\n$/,
    ],
    [at('out/site'), /^mirror-server: --out: out\/site and out are the same, or one is in the other\. /],
    [at('alias/site'), /^mirror-server: --out: alias\/site and out are the same, or one is in the other\. /],
    [at('linked'), /^mirror-server: --out: linked\/crates and out are the same, or one is in the other\. /],
    [at('file'), /^mirror-server: --out: file is not a directory\. Name a new or an empty directory\n$/],
    [at('.'), /^mirror-server: --out: \. and index are the same, or one is in the other\. /],
    [
      LOOSE.slice(0, -2),
      /^mirror-server: --public-url is missing: cargo needs the URL of the crate files\. /,
    ],
  ];
  for (const [args, message] of table) {
    const { code, stderr } = await exportSite(t, cwd, args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
  assert.deepEqual(readdirSync(join(cwd, 'home')), ['thesis.tex']);
});

test('a site that was there and is gone is refused, and nothing is made in its place', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  const args = [...LOOSE.slice(0, 4), '--out', 'mnt/site', ...LOOSE.slice(6)];
  const refused = await exportSite(t, cwd, [...args, '--require-existing']);
  assert.equal(refused.code, 2);
  assert.equal(
    refused.stderr,
    'mirror-server: --out: there is no site in mnt/site, and --require-existing asks for one. Check whether its file system is mounted; to begin a new site, leave --require-existing out\n',
  );
  assert.ok(!existsSync(join(cwd, 'mnt')));
  const first = await exportSite(t, cwd, args);
  assert.equal(first.code, 0, first.stderr);
  assert.match(
    first.stderr,
    /^\S+ INFO new site at \/.*\/mnt\/site, on \/\S* \(\w+\) with [\d.]+ .?B free\n$/,
  );
  const again = await exportSite(t, cwd, [...args, '--require-existing']);
  assert.deepEqual([again.code, again.stderr], [0, '']);
});

test('a link in a site leads to nothing that may be removed, and foreign files in its index stay', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  assert.equal((await exportSite(t, cwd, LOOSE)).code, 0);
  const site = join(cwd, 'site');
  for (const name of ['index', 'crates', '.crates-mirror']) {
    renameSync(join(site, name), join(cwd, 'elsewhere'));
    symlinkSync(join(cwd, 'elsewhere'), join(site, name));
    mkdirSync(join(cwd, 'elsewhere/stage'), { recursive: true });
    writeFileSync(join(cwd, 'elsewhere/stage/precious'), 'precious');
    const before = readTree(join(cwd, 'elsewhere'));
    const { code, stderr } = await exportSite(t, cwd, [...LOOSE, '--prune']);
    assert.equal(code, 2, name);
    assert.equal(
      stderr,
      `mirror-server: --out: site/${name} is a link. Put a directory in its place; --out itself may be a link to where the site is\n`,
    );
    assert.deepEqual(readTree(join(cwd, 'elsewhere')), before);
    rmSync(join(site, name));
    rmSync(join(cwd, 'elsewhere/stage'), { recursive: true });
    renameSync(join(cwd, 'elsewhere'), join(site, name));
  }

  for (const path of ['notes/of/ours.txt', 'ro/ma/readme', 'gone', 'go/ne/gone']) {
    mkdirSync(join(site, 'index', path, '..'), { recursive: true });
    writeFileSync(join(site, 'index', path), 'foreign');
  }
  symlinkSync('site', join(cwd, 'link'));
  const linked = await exportSite(t, cwd, [...LOOSE.slice(0, 4), '--out', 'link', ...LOOSE.slice(6)]);
  assert.equal(linked.code, 0, linked.stderr);
  const left = [...readTree(join(site, 'index'))].filter(([, bytes]) => String(bytes) === 'foreign');
  assert.deepEqual(left.map(([path]) => path).sort(), ['gone', 'notes/of/ours.txt', 'ro/ma/readme']);
});

test('a mirror of nothing does not empty a site', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  assert.equal((await exportSite(t, cwd, LOOSE)).code, 0);
  const before = readTree(join(cwd, 'site'));
  mkdirSync(join(cwd, 'empty'));
  const ended = await exportSite(t, cwd, ['--mirror', 'empty', ...LOOSE.slice(2), '--prune']);
  assert.equal(ended.code, 1);
  assert.match(
    ended.stderr,
    /ERROR the mirror holds no crate file that the index names: nothing is published/,
  );
  writeFileSync(join(cwd, 'names'), '# nothing yet\n');
  const unselected = await exportSite(t, cwd, [...LOOSE, '--names', 'names', '--prune']);
  assert.equal(unselected.code, 1);
  assert.match(unselected.stderr, /ERROR no version of the index is selected \(.*\): nothing is published/);
  assert.deepEqual(readTree(join(cwd, 'site')), before);
});

test('while a part of the index cannot be used, nothing is removed from the site', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  assert.equal((await exportSite(t, cwd, LOOSE)).code, 0);
  const before = readTree(join(cwd, 'site/index'));
  const crates = readTree(join(cwd, 'site/crates'));
  renameSync(join(cwd, 'index/3/h'), join(cwd, 'elsewhere'));
  symlinkSync(join(cwd, 'elsewhere'), join(cwd, 'index/3/h'));
  rmSync(join(cwd, 'index/ro'), { recursive: true });
  const ended = await exportSite(t, cwd, [...LOOSE, '--prune']);
  assert.equal(ended.code, 1);
  assert.match(ended.stdout, /^site was up to date to be .*, but not all could be read: nothing is removed/);
  assert.match(
    ended.stdout,
    / named by nothing +3 +crate files; --prune removed none while something cannot/,
  );
  assert.deepEqual(readTree(join(cwd, 'site/index')), before);
  assert.deepEqual(readTree(join(cwd, 'site/crates')), crates);

  rmSync(join(cwd, 'index/3/h'));
  renameSync(join(cwd, 'elsewhere'), join(cwd, 'index/3/h'));
  assert.equal((await exportSite(t, cwd, [...LOOSE, '--prune'])).code, 0);
  const gone = [...before.keys()].filter((path) => !readTree(join(cwd, 'site/index')).has(path));
  assert.deepEqual(gone, ['ro/ma/roman']);
});

test('a full disk is reported with what could not be written, and what to do', async (t) => {
  const cwd = scratch(t);
  const disk = mountSmallDisk(t, '60k');
  if (disk === undefined) return t.skip('mounting needs root');
  await writeSample(cwd);
  const site = join(disk.path, 'site');
  const args = [...LOOSE.slice(0, 4), '--public-url', 'https://m.example', '--out', site];
  const full = await exportSite(t, cwd, args);
  assert.equal(full.code, 1);
  assert.match(full.stderr, / ERROR cannot write \S+site: ENOSPC: .*\. Free some space and run again\n$/);
  assert.match(full.stdout, /^Stopped after .*: the index in \S+ is as it was; run again to go on\./);
  assert.equal(existsSync(join(site, 'index/config.json')), false);
  disk.remount('size=10m');
  assert.equal((await exportSite(t, cwd, args)).code, 0);
});

test('an export that fails while it publishes says that a part is published', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  mkdirSync(join(cwd, 'site/index/ro/ma/roman/x'), { recursive: true });
  mkdirSync(join(cwd, 'site/.crates-mirror'));
  writeFileSync(join(cwd, 'site/.crates-mirror/site.json'), '{"format_version":1}');
  const ended = await exportSite(t, cwd, LOOSE);
  assert.equal(ended.code, 1);
  assert.match(ended.stdout, /^Stopped after .*: the index in site is changed in part; run again to go on\./);
});

test('files in a site whose names are not UTF-8 are in nobody’s way', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  assert.equal((await exportSite(t, cwd, LOOSE)).code, 0);
  const odd = (...path: string[]): Buffer => Buffer.from(join(cwd, 'site', ...path, 'odd\xff'), 'latin1');
  writeFileSync(odd('crates'), '');
  writeFileSync(odd('crates/ro/ma'), '');
  mkdirSync(odd('index'));
  const ended = await exportSite(t, cwd, [...LOOSE, '--prune']);
  assert.equal(ended.code, 0, ended.stderr);
  for (const path of ['crates', 'crates/ro/ma', 'index']) assert.ok(existsSync(odd(path)));
});

test('an interrupted export publishes nothing, and the next one goes on', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  assert.equal((await exportSite(t, cwd, LOOSE)).code, 0);
  // Leftovers of a killed run: crate files, kept index files, and the lock of a process that has
  // ended.
  mkdirSync(join(cwd, 'site/.crates-mirror/stage/ro/ma'), { recursive: true });
  writeFileSync(join(cwd, 'site/.crates-mirror/stage/ro/ma/roman'), 'half');
  writeFileSync(join(cwd, 'site/.crates-mirror/tmp/tmp-1-0-1.partial'), 'half');
  writeFileSync(join(cwd, 'site/crates/left-over'), '');
  const before = readFileSync(join(cwd, 'site/index/ro/ma/roman'), 'utf8');
  const ended = await exportSite(t, cwd, LOOSE);
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal(readFileSync(join(cwd, 'site/index/ro/ma/roman'), 'utf8'), before);
  assert.deepEqual(readdirSync(join(cwd, 'site/.crates-mirror/tmp')), []);
  assert.match(ended.stdout, /named by nothing +1 {3}crate files that --prune would remove/);
});
