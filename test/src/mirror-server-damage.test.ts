import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sizeProfile } from '@crates-mirror/sample-registry';
import { startServer } from './mirror-server-tools.ts';
import {
  type Cleanup,
  type Ended,
  readTree,
  runTool,
  scratch,
  startUpstream,
  type Upstream,
} from './tools.ts';

const MIRROR = ['--bundles-dir', 'bundles', '--index-dir', 'index'];
const CATALOG = 'bundles/bundles.index.jsonl';

function exportSite(t: Cleanup, cwd: string, ...args: string[]): Promise<Ended> {
  const options = ['--out', 'site', '--public-url', 'https://m.example', ...args];
  return runTool(t, 'mirror-server', ['export', ...MIRROR, ...options], cwd);
}

/** A mirror in bundles of a megabyte, or what a run makes of it once more. */
async function mirrorInBundles(t: Cleanup, cwd: string, upstream: Upstream): Promise<void> {
  const bundling = ['--bundle', '--bundle-size-gb', '0.001'];
  const ended = await runTool(t, 'downloader', [...upstream.args, ...bundling], cwd);
  assert.equal(ended.code, 0, ended.stderr);
}

/** File names of the finished bundles, in the order of their numbers. */
function bundlesOf(cwd: string): string[] {
  return readdirSync(join(cwd, 'bundles'))
    .filter((name) => name.endsWith('.tar.zst'))
    .sort();
}

/** Overwrites some bytes in the middle. @returns what it was before */
function damage(cwd: string, name: string): Buffer {
  const path = join(cwd, 'bundles', name);
  const whole = readFileSync(path);
  writeFileSync(path, Buffer.from(whole).fill(7, whole.length >> 1, (whole.length >> 1) + 20));
  return whole;
}

/** Removes a bundle's line from the catalog, and none of its files. */
function forget(cwd: string, name: string): void {
  const lines = readFileSync(join(cwd, CATALOG), 'utf8').split('\n');
  writeFileSync(join(cwd, CATALOG), lines.filter((line) => !line.includes(`"${name}"`)).join('\n'));
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
  // The one that was damaged is put back from a backup, and now the other one is damaged.
  writeFileSync(join(cwd, 'bundles', second), whole);
  for (const name of bundlesOf(cwd).slice(before.length)) damage(cwd, name);
  const ended = await exportSite(t, cwd);
  assert.equal(ended.code, 0, ended.stderr);
  assertExported(cwd, upstream);
});
