import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { git, hasGitDaemon, startIndexRemote } from '@crates-mirror/e2e/index-remote';
import { type Cleanup, readTree, runTool, startTool } from '@crates-mirror/e2e/tools';
import { type Chapter, type Figures, pick, type Round } from './chapter.ts';
import { assertTree } from './modes.ts';
import { endOf } from './troubled-run.ts';

/** A run of a tool, and how to check that its output is complete. */
interface Job {
  readonly name: string;
  readonly tool: string;
  /** Runs in the directory `place`, which is empty at first */
  readonly args: (place: string) => readonly string[];
  /**
   * Fails unless `disturbed` matches `undisturbed`, the result of an undisturbed run of the same
   * job.
   */
  readonly compare: (disturbed: string, undisturbed: string) => void;
}

function sameTree(disturbed: string, undisturbed: string): void {
  assertTree(disturbed, readTree(undisturbed));
}

/** Index and crate files of a round; the mirror is `m`. */
function jobsOn(index: string, cwd: string): Job[] {
  const mirror = join(cwd, 'm');
  const site = [
    '--mirror',
    mirror,
    '--index-dir',
    index,
    '--public-url',
    'https://m.example',
    '--files',
    'copy',
  ];
  return [
    {
      name: 'sidecars',
      tool: 'sidecar-generator',
      args: (place) => ['--index-dir', index, '--out', place],
      compare: sameTree,
    },
    {
      name: 'stream of sidecars',
      tool: 'sidecar-generator',
      args: (place) => [
        '--index-dir',
        index,
        '--output-mode',
        'jsonl',
        '--jsonl-out',
        join(place, 's.jsonl.zst'),
      ],
      compare: sameTree,
    },
    {
      name: 'inventory',
      tool: 'archive-hasher',
      args: (place) => ['--dir', mirror, '--out-dir', place],
      compare: sameInventory,
    },
    {
      name: 'export',
      tool: 'mirror-server',
      args: (place) => ['export', ...site, '--out', join(place, 'site')],
      compare: (disturbed, undisturbed) => sameTree(join(disturbed, 'site'), join(undisturbed, 'site')),
    },
  ];
}

/**
 * Checks that all outputs are complete, by `sha256sum`, and that the archive is the same. (The
 * inventory contains its creation time.)
 */
function sameInventory(disturbed: string, undisturbed: string): void {
  assert.deepEqual([...readTree(disturbed).keys()].sort(), [...readTree(undisturbed).keys()].sort());
  const { status, stderr } = spawnSync('sha256sum', ['--quiet', '-c', 'm.outputs.SHA256SUMS'], {
    cwd: disturbed,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  for (const sums of ['m.SHA256SUMS', 'm.B3SUMS'])
    assert.equal(readFileSync(join(disturbed, sums), 'utf8'), readFileSync(join(undisturbed, sums), 'utf8'));
}

/** @returns whether it was killed before its end */
async function killedAfter(
  t: Cleanup,
  job: Pick<Job, 'tool'>,
  args: readonly string[],
  cwd: string,
  ms: number,
): Promise<boolean> {
  const tool = startTool(t, job.tool, args, cwd);
  const ended = endOf(tool);
  await Promise.race([sleep(ms), ended]);
  tool.child.kill('SIGKILL');
  return (await ended).code === null;
}

async function completed(t: Cleanup, tool: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, stderr } = await runTool(t, tool, args, cwd);
  assert.equal(code, 0, stderr);
}

/**
 * Kills one job several times, each time at a random moment within the duration of an undisturbed
 * run.
 */
async function run({ ground, random, directory: cwd, t }: Round): Promise<Figures> {
  const upstream = await ground.serve(t);
  await completed(t, 'downloader', [...ground.argsFor(upstream), '--out', 'm'], cwd);
  const job = pick(random, jobsOn(ground.index, cwd));
  const undisturbed = join(cwd, 'undisturbed');
  mkdirSync(undisturbed);
  const begin = performance.now();
  await completed(t, job.tool, job.args(undisturbed), cwd);
  const lasts = performance.now() - begin;
  let kills = 0;
  const place = join(cwd, 'disturbed');
  mkdirSync(place);
  for (let i = 0; i < 3; i++)
    if (await killedAfter(t, job, job.args(place), cwd, lasts * random())) kills += 1;
  await completed(t, job.tool, job.args(place), cwd);
  job.compare(place, undisturbed);
  return { [`kills of ${job.name}`]: kills };
}

export const toolCrashes: Chapter = {
  name: 'tool-crashes',
  promise:
    'Sidecars, inventories and sites of killed runs are what an undisturbed run makes, after one more run',
  run,
};

async function runIndex({ random, directory: cwd, t }: Round): Promise<Figures> {
  const remote = await startIndexRemote(t, cwd, { crates: 30 });
  const args = [...remote.args, '--index-dir', 'idx', '--output-dir', 'm', '--yes'];
  let kills = 0;
  let lasts = 3000;
  for (let day = 1; day <= 3; day++) {
    if (await killedAfter(t, { tool: 'index-cloner' }, args, cwd, lasts * random())) kills += 1;
    const begin = performance.now();
    await completed(t, 'index-cloner', args, cwd);
    lasts = performance.now() - begin;
    assert.equal(
      git(join(cwd, 'idx'), 'rev-parse', 'HEAD^{tree}'),
      git(join(cwd, 'work'), 'rev-parse', 'HEAD^{tree}'),
    );
    assert.equal(git(join(cwd, 'idx'), 'status', '--porcelain'), '');
    const held = readTree(join(cwd, 'm'));
    for (const [path, body] of remote.upstream.files) assert.ok(held.get(path)?.equals(body), path);
    remote.add(`crate-${9000 + day}`, '1.0.0', '2.0.0');
    remote.yank('crate-0000', '0.1.0', day % 2 === 1);
    remote.publish();
  }
  rmSync(join(cwd, 'idx'), { recursive: true });
  return { 'kills of index updates': kills };
}

export const indexCrashes: Chapter = {
  name: 'index-crashes',
  promise: 'An index update that is killed, clone or not, is completed by the next one',
  missing: () => (hasGitDaemon() ? undefined : 'git has no daemon here'),
  run: runIndex,
};
