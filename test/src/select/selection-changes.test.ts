import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startHeld } from '../support/held.ts';
import { mirrorSample, startServer } from '../support/mirror-server-tools.ts';
import {
  type Cleanup,
  type Ended,
  readTree,
  records,
  runTool,
  scratch,
  startUpstream,
  summary,
} from '../support/tools.ts';

/** Every request fails: these runs find everything they need in place. */
const NOWHERE = ['--crates-base-url', 'http://127.0.0.1:9/crates', '--retries', '0'];
const EVERYTHING = ['--index-dir', 'index', '--include-yanked', ...NOWHERE];
const QUARANTINE = ['--on-removed', 'quarantine', '--max-removals', '100%'];

function cratesIn(directory: string): string[] {
  return [...readTree(directory).keys()].filter((path) => path.endsWith('.crate')).sort();
}

async function done(t: Cleanup, cwd: string, ...args: string[]): Promise<Ended> {
  const ended = await runTool(t, 'downloader', args, cwd);
  assert.equal(ended.code, 0, ended.stderr + ended.stdout);
  return ended;
}

/** The last status of each path. */
async function statuses(cwd: string): Promise<Map<string, string>> {
  const all = await records(join(cwd, 'manifest.jsonl'));
  return new Map(all.map(({ path, status }) => [path, status]));
}

test('a selection that is changed and changed back ends in the same mirror, without a download', async (t) => {
  const cwd = scratch(t);
  await mirrorSample(t, cwd);
  const before = readTree(join(cwd, 'out'));
  const preview = await done(t, cwd, ...EVERYTHING, '--include', 'snow*', ...QUARANTINE, '--dry-run');
  assert.match(
    preview.stderr,
    /INFO would be quarantined: hex 0\.9\.0 \(the selection leaves it out: .*\): 3\/h\/hex-/,
  );
  assert.match(preview.stdout, /\n {2}to quarantine +31 {3}[\d.]+ kB: 31 not selected\n/);
  assert.deepEqual(readTree(join(cwd, 'out')), before);
  const few = await done(t, cwd, ...EVERYTHING, '--include', 'snow*', ...QUARANTINE);
  assert.match(
    few.stderr,
    /the selection is not that of the last run: 0 versions are added, \d+ versions? (is|are) no longer/,
  );
  assert.deepEqual(
    cratesIn(join(cwd, 'out')).map((path) => path.split('/').at(-1)),
    ['snow_flake-0.2.0.crate', 'snow_flake-0.2.1.crate'],
  );
  const gone = [...(await statuses(cwd))].filter(([, status]) => status === 'quarantined');
  assert.equal(gone.length, crateCount(before) - 2);
  const back = await done(t, cwd, ...EVERYTHING, ...QUARANTINE);
  assert.match(
    back.stderr,
    /the selection is not that of the last run, which is from \S+: \d+ versions? (is|are) added/,
  );
  assert.deepEqual(readTree(join(cwd, 'out')), before);
  assert.ok([...(await statuses(cwd)).values()].every((status) => status === 'existing'));
});

function crateCount(tree: ReadonlyMap<string, Buffer>): number {
  return [...tree.keys()].filter((path) => path.endsWith('.crate')).length;
}

test('the same in bundles: a withdrawn version is served again', async (t) => {
  const cwd = scratch(t);
  await mirrorSample(t, cwd, '--bundle');
  const before = readTree(join(cwd, 'bundles'));
  const few = await done(t, cwd, ...EVERYTHING, '--bundle', '--include', 'snow*', ...QUARANTINE);
  assert.match(few.stdout, / withdrawn +[1-9]/);
  const extracted = ['--bundles-dir', 'bundles', '--out', 'few'];
  assert.equal((await runTool(t, 'bundle-extractor', extracted, cwd)).code, 0);
  assert.equal(cratesIn(join(cwd, 'few')).length, 2);
  const back = await done(t, cwd, ...EVERYTHING, '--bundle', ...QUARANTINE, '--log-format', 'json');
  assert.equal(summary(back)['downloaded'], 0);
  assert.deepEqual(readTree(join(cwd, 'bundles')), before);
  assert.equal(
    (await runTool(t, 'bundle-extractor', ['--bundles-dir', 'bundles', '--out', 'all'], cwd)).code,
    0,
  );
  const paths = [...(await statuses(cwd)).keys()].sort();
  assert.deepEqual(cratesIn(join(cwd, 'all')), paths);
});

test('kill -9 within quarantine and deletion: the next runs complete it, each removal with a record', async (t) => {
  const cwd = scratch(t);
  await mirrorSample(t, cwd);
  const before = cratesIn(join(cwd, 'out'));
  for (const path of ['index/ro/ma/roman', 'index/3/h/hex']) rmSync(join(cwd, path));
  const killed = async (
    on: 'rename' | 'unlink',
    path: string,
    from: number,
    ...args: string[]
  ): Promise<void> => {
    const run = await startHeld(t, 'downloader', [...EVERYTHING, '--max-removals', '100%', ...args], cwd, {
      on,
      before: path,
      from,
    });
    run.child.kill('SIGKILL');
    await run.ended;
  };
  const [first] = before.filter((path) => path.startsWith('3/h/hex') || path.startsWith('ro/ma/'));
  assert.ok(first !== undefined);
  await killed('rename', 'quarantine/', 0, '--on-removed', 'quarantine');
  assert.deepEqual(cratesIn(join(cwd, 'out')), before, 'killed before the first was moved');
  await killed('rename', 'quarantine/', 2, '--on-removed', 'quarantine');
  await killed('unlink', '.crate', 0, '--on-removed', 'delete', '--yes');
  const left = cratesIn(join(cwd, 'out'));
  assert.ok(left.length < before.length, 'killed after one was moved');
  await done(t, cwd, ...EVERYTHING, '--max-removals', '100%', '--on-removed', 'delete', '--yes');
  const after = cratesIn(join(cwd, 'out'));
  const gone = before.filter((path) => !after.includes(path));
  assert.deepEqual(
    gone,
    before.filter((path) => /^(3\/h\/hex-|ro\/ma\/)/.test(path)),
  );
  const known = await statuses(cwd);
  for (const path of gone)
    assert.equal(known.get(path), left.includes(path) ? 'deleted' : 'quarantined', path);
});

test('--max-size: a larger file is not fetched once its size is known, leaves the mirror, and is not served', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 3 });
  const sizes = [...upstream.files.values()].map(({ length }) => length).sort((a, b) => a - b);
  const limit = sizes.at(-4) ?? 0;
  const small = [...upstream.files]
    .filter(([, { length }]) => length <= limit)
    .map(([path]) => path)
    .sort();
  const large = [...upstream.files.keys()].filter((path) => !small.includes(path));
  const args = [...upstream.args, '--max-size', `${limit}B`, '--log-format', 'json'];
  const ended = await done(t, cwd, ...args);
  assert.deepEqual([summary(ended)['too_large'], summary(ended)['failed']], [large.length, 0]);
  assert.deepEqual(cratesIn(join(cwd, 'out')), small);
  const tooLarge = (await records(join(cwd, 'manifest.jsonl'))).filter(
    ({ status }) => status === 'too_large',
  );
  assert.deepEqual(tooLarge.map(({ path }) => path).sort(), [...large].sort());
  for (const { path, size, ok } of tooLarge)
    assert.deepEqual([size, ok], [upstream.files.get(path)?.length, false]);

  const { requests } = upstream;
  const again = await done(t, cwd, ...args);
  assert.deepEqual([summary(again)['too_large'], upstream.requests], [0, requests], 'its size is known');
  const dry = await done(t, cwd, ...args, '--dry-run');
  assert.deepEqual(summary(dry)['left_out_by'], { 'max-size': large.length });

  // Without the limit they are downloaded; with it, they are not served, and then removed.
  await done(t, cwd, ...upstream.args);
  assert.equal(cratesIn(join(cwd, 'out')).length, upstream.files.size);
  const serving = ['--mirror', 'out', '--index-dir', 'index', '--include-yanked', '--max-size', `${limit}B`];
  const { origin } = await startServer(t, serving, cwd);
  for (const [path, status] of [
    [small[0], 200],
    [large[0], 404],
  ] as const)
    assert.equal((await fetch(`${origin}/crates/${path?.replaceAll('+', '%2B')}`)).status, status);
  await done(t, cwd, ...args, ...QUARANTINE);
  assert.deepEqual(cratesIn(join(cwd, 'out')), small);
});
