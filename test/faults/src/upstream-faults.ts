import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cleanup, runTool } from '@crates-mirror/e2e/tools';
import { type FaultPlan, HOSTILE_FRAMES, type RunningRegistry } from '@crates-mirror/sample-registry';
import { anyPlan } from './any-fault.ts';
import { type Chapter, type Figures, pick, type Round } from './chapter.ts';
import type { Ground } from './ground.ts';
import { assertWhole, MODES } from './modes.ts';
import { troubledRun } from './troubled-run.ts';
import { assertTrue } from './truth.ts';

/** What an upstream does for a while, besides wrong answers. */
const ABSENCES = [
  'gone',
  'gone for a minute',
  'another certificate',
  'an expired certificate',
  'malformed frames',
] as const;
type Absence = (typeof ABSENCES)[number];

const SHARE_OF_ABSENCES = 0.3;
const MINUTE_MS = 60_000;

/** Replaces the upstream for a while, if the round is to have that. @returns the one after it */
async function absent(
  t: Cleanup,
  ground: Ground,
  upstream: RunningRegistry,
  random: () => number,
  absence: Absence,
  faults: FaultPlan,
): Promise<RunningRegistry> {
  await sleep(500 * random());
  await upstream.close();
  const lasts = absence === 'gone for a minute' ? MINUTE_MS : 1500 * random();
  if (absence.includes('certificate')) {
    const { foreign, expired } = ground.wrongCertificates;
    const certificate = absence === 'an expired certificate' ? expired : foreign;
    const other = await ground.serve(t, () => undefined, upstream.port, certificate);
    await sleep(lasts);
    assert.equal(other.requests, 0, `a request was sent over a connection with ${absence}`);
    await other.close();
  } else if (absence === 'malformed frames') {
    const hostile = await ground.serveHostile(t, pick(random, HOSTILE_FRAMES), upstream.port);
    await sleep(lasts);
    await hostile.close();
  } else await sleep(lasts);
  return ground.serve(t, faults, upstream.port);
}

async function run({ ground, random, directory: cwd, t }: Round): Promise<Figures> {
  const plan = anyPlan(random);
  let isQuiet = false;
  const faults: FaultPlan = (path, attempt) => (isQuiet ? undefined : plan.faults(path, attempt));
  let upstream = await ground.serve(t, faults);
  const mode = pick(random, MODES);
  const args = [...ground.argsFor(upstream), '--out', 'm', '--manifest', 'all.jsonl', ...mode.args];
  const patience = ['--retry-base', '5ms', '--retry-max', '50ms', '--idle-timeout', '1s', '--timeout', '3s'];
  const running = troubledRun(t, 'downloader', [...args, ...patience], cwd);
  const absence = random() < SHARE_OF_ABSENCES ? pick(random, ABSENCES) : undefined;
  if (absence !== undefined) upstream = await absent(t, ground, upstream, random, absence, faults);
  const { code, peakKb } = await running;
  const reported = await assertTrue(cwd, code, ground.files);
  const { requests } = upstream;
  isQuiet = true;
  const quiet = await runTool(t, 'downloader', [...args, '--manifest', 'quiet.jsonl'], cwd);
  assert.equal(quiet.code, 0, `the next run\n${quiet.stderr}`);
  await assertWhole(t, cwd, mode, ground.files);
  return {
    requests,
    'wrong answers': plan.count(),
    [`at ${plan.rate * 100} %`]: 1,
    [absence ?? 'always there']: 1,
    downloaded: reported.filter(({ ok }) => ok).length,
    missing: reported.filter(({ status }) => status === 'missing_upstream').length,
    failed: reported.filter(({ status }) => status === 'error').length,
    'not reached': ground.files.size - reported.length,
    'exit code 0': code === 0 ? 1 : 0,
    'max peak memory, kB': peakKb,
    ...Object.fromEntries(plan.kinds.map((kind) => [`rounds with ${kind}`, 1])),
  };
}

export const upstreamFaults: Chapter = {
  name: 'upstream',
  promise:
    'Whatever a server does, each crate file is right or reported as failed, and the next run completes the mirror',
  run,
};
