import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sizeProfile } from '@crates-mirror/sample-registry';
import { startServer } from '../support/mirror-server-tools.ts';
import {
  type Cleanup,
  type Ended,
  readTree,
  runTool,
  scratch,
  startUpstream,
  summary,
  type Upstream,
} from '../support/tools.ts';

const MIRROR = ['--bundles-dir', 'bundles', '--index-dir', 'index'];
const CATALOG = 'bundles/bundles.index.jsonl';

function exportSite(t: Cleanup, cwd: string, ...args: string[]): Promise<Ended> {
  const options = ['--out', 'site', '--public-url', 'https://m.example', ...args];
  return runTool(t, 'mirror-server', ['export', ...MIRROR, ...options], cwd);
}

/** Mirrors into bundles of a megabyte, or runs again over such a mirror. */
async function mirrorInBundles(t: Cleanup, cwd: string, upstream: Upstream): Promise<void> {
  const bundling = ['--bundle', '--bundle-size-gb', '0.001'];
  const ended = await runTool(t, 'downloader', [...upstream.args, ...bundling], cwd);
  assert.equal(ended.code, 0, ended.stderr);
}

/** File names of the finished bundles, in numerical order. */
function bundlesOf(cwd: string): string[] {
  return readdirSync(join(cwd, 'bundles'))
    .filter((name) => name.endsWith('.tar.zst'))
    .sort();
}

/** Overwrites some bytes in the middle. @returns the original content */
function damage(cwd: string, name: string): Buffer {
  const path = join(cwd, 'bundles', name);
  const whole = readFileSync(path);
  writeFileSync(path, Buffer.from(whole).fill(7, whole.length >> 1, (whole.length >> 1) + 20));
  return whole;
}

/** Removes a bundle's line from the catalog, but none of its files. */
function forget(cwd: string, name: string): void {
  const lines = readFileSync(join(cwd, CATALOG), 'utf8').split('\n');
  writeFileSync(join(cwd, CATALOG), lines.filter((line) => !line.includes(`"${name}"`)).join('\n'));
}

function catalogLine(cwd: string, name: string): { readonly entries: number } {
  const lines = readFileSync(join(cwd, CATALOG), 'utf8').split('\n');
  return JSON.parse(lines.find((line) => line.includes(`"${name}"`)) as string);
}

function assertExported(cwd: string, upstream: Upstream): void {
  const crates = readTree(join(cwd, 'site/crates'));
  for (const [path, bytes] of upstream.files) assert.ok(crates.get(path)?.equals(bytes), path);
}

test('a bundle that was given up is in nobody’s way: what was mirrored anew is served and exported', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 60, profile: sizeProfile(20_000) });
  await mirrorInBundles(t, cwd, upstream);
  const [, second] = bundlesOf(cwd) as [string, string];
  damage(cwd, second);
  await mirrorInBundles(t, cwd, upstream);
  forget(cwd, second);
  const server = await startServer(t, MIRROR, cwd);
  for (const [path, bytes] of upstream.files) {
    const response = await fetch(`${server.origin}/crates/${path.replaceAll('+', '%2B')}`);
    assert.equal(response.status, 200, path);
    assert.ok(Buffer.from(await response.arrayBuffer()).equals(bytes), path);
  }
  assert.doesNotMatch(server.stderr(), /damaged/);
  const ended = await exportSite(t, cwd);
  assert.equal(ended.code, 0, ended.stderr);
  assert.doesNotMatch(ended.stderr, /damaged/);
  assertExported(cwd, upstream);
});

test('where a copy is damaged, the export takes another one', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 60, profile: sizeProfile(20_000) });
  await mirrorInBundles(t, cwd, upstream);
  const before = bundlesOf(cwd);
  const second = before[1] as string;
  const whole = damage(cwd, second);
  await mirrorInBundles(t, cwd, upstream);
  // The damaged bundle is restored from a backup, and now the other one is damaged.
  writeFileSync(join(cwd, 'bundles', second), whole);
  for (const name of bundlesOf(cwd).slice(before.length)) damage(cwd, name);
  const ended = await exportSite(t, cwd);
  assert.equal(ended.code, 0, ended.stderr);
  assertExported(cwd, upstream);
  assert.match(
    ended.stderr,
    / WARN damaged in bundle-\d+-\S+\.tar\.zst: \d+ crate files, \S+ \S+ the first\n/,
  );
});

test('a damaged bundle is one line, with the number of its crate files; unlisted ones are counted', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 60, profile: sizeProfile(2000) });
  await mirrorInBundles(t, cwd, upstream);
  const [only, ...others] = bundlesOf(cwd) as [string];
  assert.deepEqual(others, []);
  const bytes = readFileSync(join(cwd, 'bundles', only));
  writeFileSync(join(cwd, 'bundles', only), bytes.fill(7, 60, bytes.length >> 1));
  for (let i = 0; i < 60; i++) {
    const path = join(cwd, `index/cr/at/crate-00${String(i).padStart(2, '0')}`);
    writeFileSync(path, `no line\n${readFileSync(path, 'utf8')}`);
  }
  const ended = await exportSite(t, cwd, '--log-format', 'json');
  assert.equal(ended.code, 1);
  const { failed, problems } = summary(ended) as { failed: number; problems: number };
  assert.ok(failed > 50, `${failed} failed`);
  assert.equal(problems, failed + 60);
  const warnings = ended.stderr.split('\n').filter((line) => line.includes('"level":40'));
  assert.equal(warnings.length, 52, ended.stderr);
  assert.match(
    warnings.at(-2) as string,
    new RegExp(`damaged in ${only}: ${failed} crate files, crate-0000 0\\.1\\.0 the first`),
  );
  assert.match(warnings.at(-1) as string, /"10 more problems: --log-level debug shows them"/);
});

/**
 * A mirror in bundles, and a site of it; returns also the second bundle, for the test to damage,
 * and its number of members.
 */
async function exportOfBundles(t: Cleanup) {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 60, profile: sizeProfile(20_000) });
  await mirrorInBundles(t, cwd, upstream);
  assert.equal((await exportSite(t, cwd)).code, 0);
  const index = readTree(join(cwd, 'site/index'));
  const [, second] = bundlesOf(cwd) as [string, string];
  const { entries } = catalogLine(cwd, second);
  return { cwd, upstream, index, second, entries };
}

test('files lost with a bundle are distinguished, stay in a site that has them, and keep --prune from removing', async (t) => {
  const { cwd, upstream, index, second, entries } = await exportOfBundles(t);
  renameSync(join(cwd, 'bundles', second), join(cwd, second));
  writeFileSync(join(cwd, 'site/crates/left-over'), '');

  const pruned = await exportSite(t, cwd, '--prune');
  assert.equal(pruned.code, 1);
  assert.match(
    pruned.stdout,
    /^site was up to date to be served at https:\/\/m\.example, but the mirror has lost bundles \(/,
  );
  const stays = `${entries} stay as the site has them, 0 left out of the index: put back ${second}, or mirror what was in there anew`;
  assert.match(
    pruned.stdout,
    new RegExp(`\\n {2}not in the mirror +0\\n {2}lost with bundles +${entries} {3}${stays}\\n`),
  );
  assert.match(
    pruned.stdout,
    /named by nothing +1 {3}crate files; --prune removed none while bundles are lost\n/,
  );
  assert.deepEqual(readTree(join(cwd, 'site/index')), index);
  assertExported(cwd, upstream);

  // A site that never had the lost files is exported without them; other files missing in the
  // mirror are counted separately.
  const other = await exportSite(t, cwd, '--out', 'other', '--log-format', 'json');
  assert.equal(other.code, 1);
  const { lost, kept, missing, versions } = summary(other);
  assert.deepEqual(
    { lost, kept, missing, versions },
    { lost: entries, kept: 0, missing: 0, versions: 180 - entries },
  );
  assert.equal(other.stderr.match(/is in the catalog, and not in the folder/g)?.length, 1);

  // If its manifest is gone too, the site shows what it contained.
  rmSync(join(cwd, 'bundles', second.replace('.tar.zst', '.manifest.jsonl')));
  const blind = await exportSite(t, cwd);
  assert.equal(blind.code, 1);
  assert.match(
    blind.stdout,
    new RegExp(`perhaps lost +${entries} {3}no manifest lists what was in ${second}: `),
  );
  assert.match(
    blind.stdout,
    new RegExp(`lost with bundles +${entries} {3}${entries} stay as the site has them`),
  );
  assert.deepEqual(readTree(join(cwd, 'site/index')), index);

  await mirrorInBundles(t, cwd, upstream);
  assert.equal((await exportSite(t, cwd)).code, 0, 'all that the index names is held');
  forget(cwd, second);
  const after = await exportSite(t, cwd, '--prune');
  assert.equal(after.code, 0, after.stderr);
  assert.match(after.stdout, /named by nothing +1 {3}removed\n/);
});

test('a catalog that cannot be read does not empty a site', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 3 });
  await mirrorInBundles(t, cwd, upstream);
  rmSync(join(cwd, CATALOG));
  mkdirSync(join(cwd, CATALOG));
  const ended = await exportSite(t, cwd);
  assert.equal(ended.code, 1);
  assert.match(
    ended.stderr,
    /ERROR cannot read the bundles in bundles: .* is no file: nothing is published\n/,
  );
  assert.match(ended.stdout, /^Stopped after /);
});

test('a bundle of which the catalog has no entry any more is lost all the same', async (t) => {
  const { cwd, upstream, index, second, entries } = await exportOfBundles(t);
  const at = (name: string): string => join(cwd, 'bundles', name);
  const catalog = readFileSync(at('bundles.index.jsonl'), 'utf8');
  rmSync(at(second));
  const stays = new RegExp(`lost with bundles +${entries} {3}${entries} stay as the site has them`);

  // An older catalog does not list it, but its manifest exists.
  const older = catalog.split('\n').filter((line) => !line.includes(second));
  writeFileSync(at('bundles.index.jsonl'), older.join('\n'));
  const behind = await exportSite(t, cwd, '--prune');
  assert.equal(behind.code, 1);
  assert.match(behind.stderr, new RegExp(`${second} stands for a bundle that is not in the folder\n`));
  assert.match(behind.stdout, stays);
  assertExported(cwd, upstream);

  // Its line is damaged, and nothing else is left of it.
  writeFileSync(at('bundles.index.jsonl'), catalog.replace(`"path":"${second}"`, '"p?th":""'));
  rmSync(at(`${second}.sha256`));
  rmSync(at(second.replace('.tar.zst', '.manifest.jsonl')));
  const damaged = await exportSite(t, cwd, '--prune');
  assert.equal(damaged.code, 1);
  assert.match(damaged.stderr, /bundles\.index\.jsonl:2 stands for a bundle that is not in the folder\n/);
  assert.match(damaged.stdout, stays);
  assert.deepEqual(readTree(join(cwd, 'site/index')), index);
  assertExported(cwd, upstream);
});
