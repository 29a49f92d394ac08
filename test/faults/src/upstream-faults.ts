import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { runTool } from '@crates-mirror/e2e/tools';
import {
  type Fault,
  type FaultPlan,
  faultsAtRandom,
  RECOVERABLE_FAULTS,
} from '@crates-mirror/sample-registry';
import { type Chapter, type Figures, pick, type Round } from './chapter.ts';
import { assertWhole, MODES } from './modes.ts';
import { troubledRun } from './troubled-run.ts';
import { assertTrue } from './truth.ts';

/** Shares of requests with faulty responses. */
const RATES = [0.01, 0.1, 0.5];
/** Error codes of RFC 9113, section 7. */
const H2_CODES = Array.from({ length: 14 }, (_, code) => code);
const CODINGS = ['gzip', 'deflate', 'br', 'zstd'] as const;
/** Long waits are honored, up to five minutes; the tests of the retry library cover those. */
const RETRY_AFTER = ['0', '1', '-5', 'soon', 'Wed, 21 Oct 2015 07:28:00 GMT', ''];
const NEVER = new Promise<never>(() => {});

/** Any single fault in a server's response. */
function anyFault(random: () => number): Fault {
  const code = pick(random, H2_CODES);
  const makers: (() => Fault)[] = [
    () => ({ kind: 'status', status: 400 + Math.floor(random() * 200) }),
    () => ({ kind: 'status', status: pick(random, [429, 503]), retryAfter: pick(random, RETRY_AFTER) }),
    () => ({ kind: 'hold', until: NEVER }),
    () => ({ kind: 'stall' }),
    () => ({ kind: 'empty' }),
    () => ({ kind: 'encode', coding: pick(random, CODINGS), isApplied: random() < 0.5 }),
    () => ({ kind: 'page', title: 'Sign <in>\n\u001b[2J' }),
    () => ({ kind: 'rst', code }),
    () => ({
      kind: 'goaway-error',
      code,
      lastStreamId: pick(random, [0, 2 ** 31 - 1]),
      isClosed: random() < 0.5,
    }),
    () => ({ kind: 'max-streams', streams: pick(random, [1, 2, 100]) }),
    () => ({ kind: 'header-flood', bytes: pick(random, [8000, 40_000]) }),
    () => ({ kind: 'alert' }),
    () => ({
      kind: 'redirect',
      location: pick(random, ['/', 'https://127.0.0.1:1/x', '://', 'file:///etc/passwd']),
    }),
    ...RECOVERABLE_FAULTS.map((fault) => () => fault),
  ];
  return pick(random, makers)();
}

/** One kind of fault alone, or a mix of several. */
function anyPlan(random: () => number): { rate: number; plan: FaultPlan; faults: readonly Fault[] } {
  const rate = pick(random, RATES);
  const faults = Array.from({ length: pick(random, [1, 1, 4, 12]) }, () => anyFault(random));
  return { rate, faults, plan: faultsAtRandom(Math.floor(random() * 2 ** 31), rate / faults.length, faults) };
}

async function run({ ground, random, directory: cwd, t }: Round): Promise<Figures> {
  const { plan, rate } = anyPlan(random);
  let faults: FaultPlan = plan;
  let upstream = await ground.serve(t, (path, attempt) => faults(path, attempt));
  const mode = pick(random, MODES);
  const args = [...ground.argsFor(upstream), '--out', 'm', '--manifest', 'all.jsonl', ...mode.args];
  const patience = ['--retry-base', '5ms', '--retry-max', '50ms', '--idle-timeout', '1s', '--timeout', '3s'];
  const running = troubledRun(t, 'downloader', [...args, ...patience], cwd);
  const vanishes = random() < 0.2;
  if (vanishes) {
    await sleep(500 * random());
    await upstream.close();
    await sleep(1500 * random());
    upstream = await ground.serve(t, (path, attempt) => faults(path, attempt), upstream.port);
  }
  const { code, peakKb } = await running;
  const told = await assertTrue(cwd, code, ground.files);
  const { requests } = upstream;
  faults = () => undefined;
  const quiet = await runTool(t, 'downloader', [...args, '--manifest', 'quiet.jsonl'], cwd);
  assert.equal(quiet.code, 0, `the next run\n${quiet.stderr}`);
  await assertWhole(t, cwd, mode, ground.files);
  return {
    requests,
    [`at ${rate * 100} %`]: 1,
    'vanished for a while': vanishes ? 1 : 0,
    downloaded: told.filter(({ ok }) => ok).length,
    missing: told.filter(({ status }) => status === 'missing_upstream').length,
    failed: told.filter(({ status }) => status === 'error').length,
    'not reached': ground.files.size - told.length,
    'exit code 0': code === 0 ? 1 : 0,
    'max peak memory, kB': peakKb,
  };
}

export const upstreamFaults: Chapter = {
  name: 'upstream',
  promise:
    'Whatever a server does, each crate file is right or reported as failed, and the next run completes the mirror',
  run,
};
