import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { records, runTool, startTool } from '@crates-mirror/e2e/tools';
import { type Chapter, type Figures, pick, type Round } from './chapter.ts';
import { assertWhole, MODES } from './modes.ts';
import { endOf } from './troubled-run.ts';

/** After the last request, a run renames its files and finishes its last bundle. */
const MAX_AFTERWARDS_MS = 400;
const SHARE_OF_ENDINGS = 0.3;

/**
 * Checks that every crate file's newest record says that it is held, and that the next run requests
 * nothing.
 */
async function assertSettled(cwd: string, paths: Iterable<string>): Promise<void> {
  const newest = new Map((await records(join(cwd, 'all.jsonl'))).map((record) => [record.path, record]));
  for (const path of paths) assert.ok(newest.get(path)?.ok, `${path} has no record that says it is held`);
  const temporary = join(cwd, 'm/.crates-mirror/tmp');
  if (existsSync(temporary)) assert.deepEqual(readdirSync(temporary), [], 'temporary files are left');
}

async function run({ ground, random, directory: cwd, t }: Round): Promise<Figures> {
  const mode = pick(random, MODES);
  const isAtTheEnd = random() < SHARE_OF_ENDINGS;
  const killAt = isAtTheEnd ? ground.files.size : 1 + Math.floor(random() * ground.files.size);
  const reached = Promise.withResolvers<void>();
  let requests = 0;
  const upstream = await ground.serve(t, () => {
    requests += 1;
    if (requests === killAt) reached.resolve();
    return undefined;
  });
  const args = [...ground.argsFor(upstream), '--out', 'm', '--manifest', 'all.jsonl', ...mode.args];
  const tool = startTool(t, 'downloader', args, cwd);
  const ended = endOf(tool);
  await Promise.race([reached.promise, ended]);
  await sleep(MAX_AFTERWARDS_MS * random() * (isAtTheEnd ? 1 : 0.1));
  tool.child.kill('SIGKILL');
  const { code } = await ended;
  const inFirst = requests;
  const next = await runTool(t, 'downloader', args, cwd);
  assert.equal(next.code, 0, next.stderr);
  await assertWhole(t, cwd, mode, ground.files);
  await assertSettled(cwd, ground.files.keys());
  const inSecond = requests - inFirst;
  requests = 0;
  const last = await runTool(t, 'downloader', args, cwd);
  assert.equal(last.code, 0, last.stderr);
  assert.equal(requests, 0, 'the run after that has something to ask for');
  return {
    [`killed midway, ${mode.name}`]: code === null ? 1 : 0,
    'over before the kill': code === null ? 0 : 1,
    'requests of first runs': inFirst,
    'requests of second runs': inSecond,
    'asked for twice': inFirst + inSecond - ground.files.size,
  };
}

export const downloadCrashes: Chapter = {
  name: 'download-crashes',
  promise: 'A run that is killed is completed by the next one, and the one after that has nothing to do',
  run,
};
