import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import { mirrorSample } from '../support/mirror-server-tools.ts';
import { type Cleanup, type Ended, readTree, runTool, scratch, summary } from '../support/tools.ts';

const ARGS = [
  ...['--mirror', 'out', '--index-dir', 'index', '--out', 'site', '--files', 'copy'],
  ...['--public-url', 'https://m.example'],
];

function exportSite(t: Cleanup, cwd: string, ...more: string[]): Promise<Ended> {
  return runTool(t, 'mirror-server', ['export', ...ARGS, ...more], cwd);
}

/** The sample, exported once. */
async function exported(t: Cleanup): Promise<string> {
  const cwd = scratch(t);
  await mirrorSample(t, cwd);
  const { code, stderr } = await exportSite(t, cwd);
  assert.equal(code, 0, stderr);
  return cwd;
}

function edit(cwd: string, file: string, how: (lines: string[]) => string[]): void {
  const path = join(cwd, 'index', file);
  const lines = how(readFileSync(path, 'utf8').trimEnd().split('\n'));
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
}

const without =
  (version: string) =>
  (lines: string[]): string[] =>
    lines.filter((line) => !line.includes(`"vers":"${version}"`));

/** Gives a version another checksum. */
function publishAnew(cwd: string, file: string, version: string): void {
  edit(cwd, file, (lines) =>
    lines.map((line) =>
      line.includes(`"vers":"${version}"`)
        ? line.replace(/"cksum":"[0-9a-f]+"/, `"cksum":"${sha256Hex('anew')}"`)
        : line,
    ),
  );
}

/** @returns the crate files that are gone */
function goneFrom(before: ReadonlyMap<string, Buffer>, cwd: string): string[] {
  const now = readTree(join(cwd, 'site/crates'));
  return [...before.keys()].filter((path) => !now.has(path)).sort();
}

test('crate files go with their entries, unless they are to be kept', async (t) => {
  const cwd = await exported(t);
  const before = readTree(join(cwd, 'site/crates'));
  edit(cwd, 'te/xt/textkit', without('1.0.0'));
  rmSync(join(cwd, 'index/ro/ma/roman'));

  const kept = await exportSite(t, cwd, '--on-removed', 'keep');
  assert.equal(kept.code, 0, kept.stderr);
  assert.match(
    kept.stdout,
    / withdrawn +2 {3}have left the index, and are still served: leave out --on-removed keep/,
  );
  assert.match(kept.stderr, /roman 1\.0\.0 has left the index: crates\/ro\/ma\/roman-1\.0\.0\.crate stays\n/);
  assert.deepEqual(goneFrom(before, cwd), []);

  const ended = await exportSite(t, cwd);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, / withdrawn +2 {3}have left the index: removed\n/);
  assert.match(
    ended.stderr,
    /textkit 1\.0\.0 has left the index: crates\/te\/xt\/\S+-1\.0\.0\.crate is removed\n/,
  );
  assert.deepEqual(goneFrom(before, cwd), ['ro/ma/roman-1.0.0.crate', 'te/xt/textkit-1.0.0.crate']);
  const again = summary(await exportSite(t, cwd, '--log-format', 'json'));
  assert.deepEqual([again['withdrawn'], again['withdrawn_removed']], [0, 0]);
});

test('published anew: old bytes go, whether the new ones are mirrored yet or not', async (t) => {
  const cwd = await exported(t);
  const before = readTree(join(cwd, 'site/crates'));
  // The entries of both leave the site before the file of either is replaced.
  for (const version of ['0.2.0', '0.2.1']) publishAnew(cwd, 'sn/ow/snow_flake', version);
  writeFileSync(join(cwd, 'out/sn/ow/snow_flake-0.2.1.crate'), 'anew');
  const ended = await exportSite(t, cwd);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, / withdrawn +1 {3}have left the index: removed\n/);
  assert.deepEqual(goneFrom(before, cwd), ['sn/ow/snow_flake-0.2.0.crate']);
  assert.equal(readFileSync(join(cwd, 'site/crates/sn/ow/snow_flake-0.2.1.crate'), 'utf8'), 'anew');
});

test('what the index names, or cannot be asked about, stays whatever became of its file', async (t) => {
  const cwd = await exported(t);
  const before = readTree(join(cwd, 'site/crates'));
  // Missing in the mirror; missing with a damaged copy on the site; content that matches neither
  // entry; not a crate file.
  rmSync(join(cwd, 'out/ro/ma/roman-1.0.0.crate'));
  rmSync(join(cwd, 'out/te/xt/textkit-1.0.0.crate'));
  writeFileSync(join(cwd, 'site/crates/te/xt/textkit-1.0.0.crate'), 'damaged');
  publishAnew(cwd, 'sn/ow/snow_flake', '0.2.0');
  writeFileSync(join(cwd, 'site/crates/sn/ow/snow_flake-0.2.0.crate'), 'damaged');
  mkdirSync(join(cwd, 'site/crates/no/te'), { recursive: true });
  writeFileSync(join(cwd, 'site/crates/no/te/notes.txt'), '');
  // One line of this index file is gone and another is malformed, so it is unknown which version
  // that was.
  edit(cwd, 've/nd/vendored-zlib', (lines) => [...lines.slice(1), '{"name":"vendored-zlib"']);
  const lines = await exportSite(t, cwd, '--log-format', 'json');
  assert.deepEqual([lines.code, summary(lines)['withdrawn']], [1, 0], lines.stderr);

  // A link is not an index file. While it exists, a missing crate may only be hidden.
  renameSync(join(cwd, 'index/3/h/hex'), join(cwd, 'hex'));
  symlinkSync(join(cwd, 'hex'), join(cwd, 'index/3/h/hex'));
  rmSync(join(cwd, 'index/mo/rs'), { recursive: true });
  edit(cwd, 'te/xt/textkit', without('1.1.0'));
  const partly = await exportSite(t, cwd);
  assert.equal(partly.code, 1, partly.stderr);
  assert.match(partly.stdout, /^site is ready .*, but the mirror has damaged crate files, or has lost some/);
  assert.match(partly.stdout, / withdrawn +1 {3}have left the index: removed\n/);
  assert.deepEqual(
    goneFrom(before, cwd),
    ['te/xt/textkit-1.1.0.crate'],
    'of a line in a file that can be read',
  );
  const named = readTree(join(cwd, 'site/index')).get('te/xt/textkit')?.toString() ?? '';
  assert.doesNotMatch(named, /"vers":"1\.1\.0"/);
});

test('an index that has lost much removes nothing, unless that is allowed', async (t) => {
  const cwd = await exported(t);
  const before = readTree(join(cwd, 'site'));
  for (const directory of ['3', 'te', 'mo', 've', 'sn'])
    rmSync(join(cwd, 'index', directory), { recursive: true });
  const refused = await exportSite(t, cwd);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    / ERROR the index no longer names 1\d of the 33 crate files in site \(check --index-dir, or give a larger --max-removals\): nothing is published\n/,
  );
  assert.deepEqual(readTree(join(cwd, 'site')), before);

  const allowed = await exportSite(t, cwd, '--max-removals', '100%');
  assert.equal(allowed.code, 0, allowed.stderr);
  assert.match(allowed.stdout, / withdrawn +1\d {3}have left the index: removed\n/);
});

test('--prune removes and publishes nothing if a selection leaves out much, unless that is allowed', async (t) => {
  const cwd = await exported(t);
  const before = readTree(join(cwd, 'site'));
  const refused = await exportSite(t, cwd, '--include', 'hex', '--prune');
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    / ERROR --prune would remove \d\d of the 33 crate files in site \(check --index-dir and the selection, or give a larger --max-removals\): nothing is published\n/,
  );
  assert.deepEqual(readTree(join(cwd, 'site')), before);

  const allowed = await exportSite(t, cwd, '--include', 'hex', '--prune', '--max-removals', '100%');
  assert.equal(allowed.code, 0, allowed.stderr);
  assert.deepEqual(
    [...readTree(join(cwd, 'site/crates')).keys()]
      .map((path) => path.replace(/-.*/, ''))
      .filter((crate) => crate !== '3/h/hex'),
    [],
  );
});

test('a withdrawn version with a + goes by both of its names', async (t) => {
  const cwd = await exported(t);
  const before = readTree(join(cwd, 'site/crates'));
  edit(cwd, 've/nd/vendored-zlib', without('1.3.1+zlib.1.3'));
  const ended = await exportSite(t, cwd);
  assert.equal(ended.code, 0, ended.stderr);
  assert.deepEqual(goneFrom(before, cwd), [
    've/nd/vendored-zlib-1.3.1 zlib.1.3.crate',
    've/nd/vendored-zlib-1.3.1+zlib.1.3.crate',
  ]);
});
