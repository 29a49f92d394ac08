import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertMirrors, runTool, scratch, startUpstream, summary } from '../support/tools.ts';

/** Flips a bit of a file and keeps its size and mtime, as a failing disk does. */
function flipBit(file: string): void {
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 1;
  // Node.js cannot set times with less than a microsecond.
  const times = `${file}.times`;
  writeFileSync(times, '');
  execFileSync('touch', ['-r', file, times]);
  writeFileSync(file, bytes);
  execFileSync('touch', ['-r', times, file]);
  rmSync(times);
}

/** Runs with `--scrub 1/divisor` until all parts are done. @returns each run's counts */
async function scrubAll(
  t: Parameters<typeof runTool>[0],
  args: readonly string[],
  cwd: string,
  divisor: number,
) {
  const runs = [];
  for (let i = 0; i < divisor; i++) {
    const command = [...args, '--scrub', `1/${divisor}`, '--log-format', 'json'];
    const ended = await runTool(t, 'downloader', command, cwd);
    assert.equal(ended.code, 0, ended.stderr);
    runs.push({ ...ended, counts: summary(ended) });
  }
  return runs;
}

test('a bit that flipped with size and mtime kept is found by some scrub of a round, and its file fetched anew', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd);
  const args = [...upstream.args, '--out', 'm'];
  assert.equal((await runTool(t, 'downloader', args, cwd)).code, 0);
  const began = statSync(join(cwd, 'm/.crates-mirror/mirror.json')).mtimeMs;
  const [path = ''] = upstream.files.keys();
  flipBit(join(cwd, 'm', path));
  const blind = await runTool(t, 'downloader', [...args, '--log-format', 'json'], cwd);
  assert.deepEqual([summary(blind)['downloaded'], summary(blind)['damaged']], [0, 0]);
  const runs = await scrubAll(t, args, cwd, 4);
  const sum = (name: string): number => runs.reduce((all, { counts }) => all + Number(counts[name]), 0);
  assert.deepEqual([sum('damaged'), sum('downloaded'), sum('verified_existing')], [1, 1, 299]);
  const shares = runs.map(({ counts }) => Number(counts['verified_existing']));
  assert.ok(Math.max(...shares) < 150, `${shares}`);
  const logged = runs.map(({ stderr }) => stderr).join('');
  assert.ok(logged.includes(`m/${path} is damaged: its bytes are not those that were verified`), logged);
  assertMirrors(join(cwd, 'm'), upstream);
  const times = runs.map(({ counts }) => Date.parse(String(counts['oldest_verification'])));
  assert.equal(times[0], Math.floor(began / 1000) * 1000);
  assert.ok((times[3] as number) >= (times[0] as number));
  const state = JSON.parse(readFileSync(join(cwd, 'm/.crates-mirror/scrub.json'), 'utf8'));
  assert.ok(state.verified_at.every((time: number) => time > 0));
});

test('crates that a run does not look at otherwise are scrubbed after those that it does', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd);
  const args = [...upstream.args, '--out', 'm'];
  assert.equal((await runTool(t, 'downloader', args, cwd)).code, 0);
  writeFileSync(join(cwd, 'only'), 'crate-0001\n');
  const runs = await scrubAll(t, [...args, '--only-crates', 'only'], cwd, 3);
  const verified = runs.map(({ counts }) => Number(counts['verified_existing']));
  assert.equal(
    verified.reduce((all, count) => all + count),
    300,
  );
  for (const { counts } of runs) assert.ok([0, 3].includes(Number(counts['existing'])));
});

test('a damaged bundle is found in its turn, and its members are mirrored anew', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 20 });
  const args = [...upstream.args, '--out', 'm', '--bundle', '--bundles-out', 'b'];
  assert.equal((await runTool(t, 'downloader', args, cwd)).code, 0);
  const bundle = readdirSync(join(cwd, 'b')).find((name) => name.endsWith('.tar.zst')) as string;
  flipBit(join(cwd, 'b', bundle));
  const runs = await scrubAll(t, args, cwd, 2);
  assert.deepEqual(runs.map(({ counts }) => counts['downloaded']).sort(), [0, 60]);
});

test('a run that was cut short has verified nothing', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 2 });
  const args = [...upstream.args, '--out', 'm'];
  assert.equal((await runTool(t, 'downloader', args, cwd)).code, 0);
  const [path = ''] = upstream.files.keys();
  flipBit(join(cwd, 'm', path));
  await upstream.close();
  const failed = await runTool(t, 'downloader', [...args, '--retries', '0', '--scrub', '1/1'], cwd);
  assert.equal(failed.code, 1);
  assert.ok(!readdirSync(join(cwd, 'm/.crates-mirror')).includes('scrub.json'));
  assert.ok(readFileSync(join(cwd, 'm', path)).length > 0, 'the damaged file is kept');
});

test('a damaged file that is not to be had upstream is looked for again by the next scrub', async (t) => {
  const cwd = scratch(t);
  let isGone = false;
  const upstream = await startUpstream(t, cwd, {
    crates: 2,
    faults: (path) =>
      isGone && path.includes('crate-0000-0.1.0') ? { kind: 'status', status: 404 } : undefined,
  });
  const args = [...upstream.args, '--out', 'm', '--scrub', '1/1'];
  assert.equal((await runTool(t, 'downloader', [...upstream.args, '--out', 'm'], cwd)).code, 0);
  flipBit(join(cwd, 'm/cr/at/crate-0000-0.1.0.crate'));
  isGone = true;
  const missing = await runTool(t, 'downloader', args, cwd);
  assert.match(missing.stderr, /crate-0000-0\.1\.0\.crate is damaged/);
  assert.match(
    missing.stderr,
    /WARN --scrub: not all damaged files could be fetched anew\. The next run verifies/,
  );
  assert.ok(!readdirSync(join(cwd, 'm/.crates-mirror')).includes('scrub.json'));
  isGone = false;
  const repaired = await runTool(t, 'downloader', args, cwd);
  assert.equal(repaired.code, 0, repaired.stderr);
  assertMirrors(join(cwd, 'm'), upstream);
  assert.ok(readdirSync(join(cwd, 'm/.crates-mirror')).includes('scrub.json'));
});

test('what a scrub cannot be combined with is refused', async (t) => {
  const cwd = scratch(t);
  const table: [string[], string][] = [
    [['--scrub', '1/0'], "--scrub: '1/0' is not a share from 1/1 to 1/1000. Write it like 1/30"],
    [['--scrub', '30'], "--scrub: '30' is not a share from 1/1 to 1/1000. Write it like 1/30"],
    [['--scrub', '1/30', '--limit', '5'], '--scrub does nothing with --limit. Leave one of them out'],
    [['--scrub', '1/30', '--dry-run'], '--scrub does nothing with --dry-run. Leave one of them out'],
    [
      ['--scrub', '1/30', '--verify-existing'],
      '--verify-existing hashes all, and --scrub a part. Leave one of them out',
    ],
  ];
  for (const [args, message] of table) {
    const { code, stderr } = await runTool(t, 'downloader', ['--index-dir', 'i', ...args], cwd);
    assert.deepEqual([code, stderr], [2, `downloader: ${message}\n`]);
  }
});
