import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { records, startTool, startUpstream } from '@crates-mirror/e2e/tools';
import {
  type Fault,
  type FaultPlan,
  faultsAtRandom,
  RECOVERABLE_FAULTS,
  sizeProfile,
} from '@crates-mirror/sample-registry';
import { LiveMemory } from './live-memory.ts';
import { ProcessSamples } from './process-samples.ts';
import { SAMPLE_EVERY_MS, type Soak } from './soak-kind.ts';

/** Enough that the ledgers reach what they keep in memory, 50,000 files, during the warm-up. */
const CONCURRENCY = 24;
const DELAY_MS = 130;
/** More than these two allow: the run is stopped before it has all. */
const FILES_PER_SECOND = 200;
const VERSIONS = 3;
/** Of each fault. */
const RATE = 0.004;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const DELAY: Fault = { kind: 'delay', ms: DELAY_MS };

/**
 * As in the real index, names begin differently: the ledgers keep what is known by its directory.
 */
function nameOf(i: number): string {
  const letter = (of: number): string => LETTERS[of % LETTERS.length] ?? '';
  return `${letter(i)}${letter(Math.floor(i / LETTERS.length))}-soak-${i}`;
}

/** Answers every request late, and some of them wrongly. */
function faults(): FaultPlan {
  const some = faultsAtRandom(1, RATE, RECOVERABLE_FAULTS);
  return (path, attempt) => some(path, attempt) ?? DELAY;
}

/**
 * One run of the downloader from an upstream that is slow and makes mistakes, into bundles that
 * roll over every few minutes. It is stopped before it has all.
 */
export const downloaderSoak: Soak = {
  name: 'downloader',
  title: 'downloader: one run from a slow upstream that makes mistakes, into bundles',
  run: async (t, directory, minutes) => {
    const crates = Math.ceil((minutes * 60 * FILES_PER_SECOND) / VERSIONS);
    const upstream = await startUpstream(t, directory, {
      crates,
      nameOf,
      profile: sizeProfile(1000),
      faults: faults(),
    });
    const bundles = ['--bundle', '--bundles-out', 'b', '--bundle-size-gb', '0.02', '--bundle-mode', 'add'];
    const pace = ['--concurrency', String(CONCURRENCY), '--idle-timeout', '5s', '--retry-base', '10ms'];
    const args = [...upstream.args, '--out', 'm', '--manifest', 'all.jsonl', ...bundles, ...pace];
    const live = new LiveMemory(directory);
    const tool = startTool(t, 'downloader', args, directory, live.environment);
    const process = new ProcessSamples(tool.child.pid ?? 0, SAMPLE_EVERY_MS);
    await Promise.race([sleep(minutes * 60_000, undefined, { ref: false }), tool.ended]);
    process.stop();
    tool.child.kill('SIGINT');
    const { code, stderr } = await tool.ended;
    assert.equal(code, 130, stderr);
    const reported = await records(`${directory}/all.jsonl`);
    assert.ok(reported.every(({ ok }) => ok));
    const { requests, connections } = upstream;
    return {
      series: [live.series(), ...process.series()],
      figures: { requests, connections, 'crate files': reported.length },
    };
  },
};
