import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Bounds } from './bounds.ts';
import { beginControl, type Control, control } from './control.ts';
import type { Sample } from './sample.ts';
import type { Line } from './simulation/line.ts';
import { runControlled, runFixed, SAMPLE_MS } from './simulation/simulate.ts';

const BOUNDS: Bounds = { least: 2, most: 2048, start: 64 };
const SWEEP = [4, 16, 64, 128, 256, 512, 1024];
const RUN_MS = 12_000;
/** A short run, for which the client's start counts. */
const START_MS = 6000;
/** When a line changes in the middle of a run. Following the change takes some seconds. */
const CHANGE_MS = 6000;
const LONG_RUN_MS = 24_000;
const ENOUGH = 0.9;
/** Once the limit is steady, one in a hundred requests may be refused. */
const MAX_THROTTLED = 0.01;

interface Case {
  readonly line: Line;
  readonly ms?: number;
  /** The most files possible, where every fixed limit exceeds what a server allows. */
  readonly most?: number;
}

type Rate = (at: number) => number;

function steady(bytesPerSecond: number): Rate {
  return () => bytesPerSecond;
}

function changing(before: number, after: number): Rate {
  return (at) => (at < CHANGE_MS ? before : after);
}

/** 200 Mbit/s */
const CAP = 25e6;
/** A client whose code is being compiled, on the same machine as the server. */
const WARMING_UP = { clientMs: 0.16, clientScale: 2000, ownShare: 0.4 };

/** Slower to begin with, by a factor that falls within `ms` to 1/e of what exceeds 1. */
function warmingUp(factor: number, ms: number): Rate {
  return (at) => 1 + (factor - 1) * Math.exp(-at / ms);
}

const CASES: Readonly<Record<string, Case>> = {
  'the same machine, a CPU-bound client': { line: { rttMs: 0.2, clientMs: 0.25, clientScale: 300 } },
  '5 ms': { line: { rttMs: 5 } },
  '60 ms': { line: { rttMs: 60 } },
  '150 ms': { line: { rttMs: 150 } },
  '5 ms, 200 Mbit/s': { line: { rttMs: 5, bytesPerSecond: steady(CAP) } },
  '60 ms, 200 Mbit/s': { line: { rttMs: 60, bytesPerSecond: steady(CAP) } },
  '150 ms, 200 Mbit/s': { line: { rttMs: 150, bytesPerSecond: steady(CAP) } },
  // In a shorter run, 450 files, one file of some megabytes decides.
  '60 ms, 10 Mbit/s': { line: { rttMs: 60, bytesPerSecond: steady(CAP / 20) }, ms: LONG_RUN_MS },
  'a start near by': {
    line: { rttMs: 5, serverMs: 8, ...WARMING_UP, slowdown: warmingUp(4, 600) },
    ms: START_MS,
  },
  'a slow start near by': {
    line: { rttMs: 5, serverMs: 12, ...WARMING_UP, slowdown: warmingUp(8, 1000) },
    ms: START_MS,
  },
  'a slow start at 60 ms': { line: { rttMs: 60, ...WARMING_UP, slowdown: warmingUp(8, 1000) }, ms: START_MS },
  'a slow start at 150 ms': {
    line: { rttMs: 150, ...WARMING_UP, slowdown: warmingUp(8, 1000) },
    ms: START_MS,
  },
  'a server that slows down beyond 64 at once': { line: { rttMs: 20, serverMs: 10, knee: 64 } },
  'the same far away': { line: { rttMs: 60, serverMs: 10, knee: 64 } },
  'a rate that halves': {
    line: { rttMs: 60, bytesPerSecond: changing(2 * CAP, CAP) },
    ms: LONG_RUN_MS,
  },
  'a rate that doubles': {
    line: { rttMs: 60, bytesPerSecond: changing(CAP, 2 * CAP) },
    ms: LONG_RUN_MS,
  },
  'a rate that becomes four times as high, far away': {
    line: { rttMs: 150, bytesPerSecond: changing(CAP / 2, 2 * CAP) },
    ms: LONG_RUN_MS,
  },
  '429 beyond 300 a second': {
    line: { rttMs: 60, limiter: { perSecond: 300, burst: 50 } },
    most: (300 * RUN_MS) / 1000,
  },
  '429 beyond 500 a second, near by': {
    line: { rttMs: 5, limiter: { perSecond: 500, burst: 50 } },
    ms: LONG_RUN_MS,
    most: (500 * LONG_RUN_MS) / 1000,
  },
  '429 beyond 300 a second, near by, with a slow disk': {
    line: { rttMs: 1, storeMs: 200, limiter: { perSecond: 300, burst: 50 } },
    most: (300 * RUN_MS) / 1000,
  },
  '100 streams': { line: { rttMs: 60, streams: 100 } },
  'one of twenty fails, whatever the load': { line: { rttMs: 60, failing: 0.05 } },
};

for (const [name, { line, ms = RUN_MS, most }] of Object.entries(CASES)) {
  test(`a limit that follows the line brings nine tenths of what the best fixed one does: ${name}`, () => {
    const best = most ?? Math.max(...SWEEP.map((limit) => runFixed(line, limit, ms).files));
    const { files, throttled, limits } = runControlled(line, BOUNDS, ms);
    assert.ok(files >= ENOUGH * best, `${files} of ${best}; ${limits.join(' ')}`);
    assert.ok(throttled < MAX_THROTTLED, `${throttled} throttled`);
  });
}

test('a slow server near by is sent twice as many requests at most before its answers are compared', () => {
  const { limits } = runControlled({ rttMs: 1, serverMs: 200, knee: 64, steepness: 2 }, BOUNDS, RUN_MS);
  assert.ok(Math.max(...limits) <= 2 * BOUNDS.start, limits.join(' '));
  // Those beyond 64 end before fewer are tried.
  assert.ok(Math.min(...limits) >= BOUNDS.start / 2, limits.join(' '));
});

test('a rate that the client itself keeps is no reason to have ever more requests', () => {
  for (const rttMs of [5, 60]) {
    const { limits } = runControlled({ rttMs, bytesPerSecond: steady(5e6) }, BOUNDS, 2 * LONG_RUN_MS);
    const late = limits.slice(limits.length / 2);
    assert.ok(Math.max(...late) <= BOUNDS.most / 8, late.join(' '));
  }
});

test('the first step is longer on a long line whose server answers at once', () => {
  for (const [line, first] of [
    [{ rttMs: 5 }, 128],
    [{ rttMs: 45 }, 192],
    [{ rttMs: 150 }, 256],
    [{ rttMs: 60, serverMs: 100 }, 128],
  ] as const) {
    const { limits } = runControlled(line, BOUNDS, 2000);
    const raised = limits.find((limit) => limit > BOUNDS.start) ?? 0;
    assert.ok(Math.abs(raised / first - 1) < 0.05, `${line.rttMs} ms: ${limits.join(' ')}`);
  }
});

test('a long line is full after two seconds', () => {
  const { limits } = runControlled({ rttMs: 150 }, BOUNDS, 2000);
  assert.ok(Math.max(...limits) >= 1024, limits.join(' '));
});

test('where the CPU is the limit, few requests are found to do', () => {
  const { limits } = runControlled({ rttMs: 0.2, clientMs: 0.25, clientScale: 150 }, BOUNDS, RUN_MS);
  const late = limits.slice(limits.length / 2);
  assert.ok(Math.max(...late) <= 16, limits.join(' '));
});

test('a server that refuses one of twenty requests whatever is done about it is not waited for', () => {
  const most = runFixed({ rttMs: 60 }, 512, LONG_RUN_MS).files;
  const { files } = runControlled({ rttMs: 60, complaining: 0.05 }, BOUNDS, LONG_RUN_MS);
  assert.ok(files > 0.6 * most, `${files} of ${most}`);
});

test('the quota of a server that refuses everything once it is used up is found, and kept', () => {
  for (const rttMs of [1, 20, 60])
    for (const quotaPerSecond of [50, 200, 1000]) {
      const { files, throttled } = runControlled({ rttMs, quotaPerSecond }, BOUNDS, LONG_RUN_MS);
      const share = files / ((quotaPerSecond * LONG_RUN_MS) / 1000);
      const found = `${quotaPerSecond} at ${rttMs} ms: ${share.toFixed(2)}, ${throttled} throttled`;
      assert.ok(share > 0.7 && throttled < 0.03, found);
    }
});

test('a server that refuses one of a hundred requests at any rate is asked no more slowly for it', () => {
  for (const rttMs of [5, 60]) {
    const calm = runControlled({ rttMs }, BOUNDS, RUN_MS).files;
    const { files } = runControlled({ rttMs, complaining: 0.01 }, BOUNDS, RUN_MS);
    assert.ok(files > 0.9 * calm, `at ${rttMs} ms: ${files} of ${calm}`);
  }
});

test('an upstream that goes away while the limit grows is begun with anew', () => {
  const back = 4000;
  const { limits } = runControlled({ rttMs: 60, gone: { from: 500, to: back } }, BOUNDS, RUN_MS);
  const away = limits.slice(1500 / SAMPLE_MS, back / SAMPLE_MS);
  assert.deepEqual(
    [Math.max(...limits.slice(0, 500 / SAMPLE_MS)) > BOUNDS.start, Math.max(...away)],
    [true, BOUNDS.start],
  );
  assert.ok(Math.max(...limits.slice(back / SAMPLE_MS)) > 4 * BOUNDS.start, limits.join(' '));
});

test('requests that hang do not stop a line that was found to need few', () => {
  const line = { rttMs: 0.3, clientMs: 0.25, clientScale: 150, stalling: 0.001 };
  const fixed = runFixed(line, BOUNDS.start, LONG_RUN_MS).files;
  const { files, limits } = runControlled(line, BOUNDS, LONG_RUN_MS);
  assert.ok(files > fixed / 2, `${files} of ${fixed}; ${limits.join(' ')}`);
});

test('a server that takes few requests at once is begun with by fewer', () => {
  const line = { rttMs: 60, serverMs: 20, maxAtOnce: 40 };
  const fixed = runFixed(line, 40, LONG_RUN_MS).files;
  const { files, throttled, limits } = runControlled(line, BOUNDS, LONG_RUN_MS);
  assert.ok(files > fixed, `${files} of ${fixed}; ${limits.join(' ')}`);
  assert.ok(throttled < MAX_THROTTLED, `${throttled} throttled`);
});

test('the state before is left as it was', () => {
  const state = Object.freeze(beginControl(BOUNDS));
  const sample = { ...QUIET, completed: 100, answers: 100, answerMs: 1000, inFlight: 64 };
  const one = control(state, sample);
  assert.deepEqual(control(state, sample), one);
  assert.deepEqual(state, beginControl(BOUNDS));
});

test('a client whose threads have no time left does not send more, whatever its throughput says', () => {
  const most = (busy: number): number => {
    let state = beginControl(BOUNDS);
    const limits: number[] = [];
    // Throughput grows by itself while code is being compiled.
    for (let i = 1; i <= 10; i++) {
      const files = state.limit * (1 + i / 2);
      state = control(state, {
        ...QUIET,
        inFlight: state.limit,
        completed: files,
        answers: files,
        answerMs: files,
        busy,
      });
      limits.push(state.limit);
    }
    return Math.max(...limits);
  };
  assert.equal(most(0.5), BOUNDS.most);
  assert.ok(most(1) < 2 * BOUNDS.start, String(most(1)));
});

test('where there may be no more requests, fewer are not taken to do as well just because code gets faster', () => {
  let state = beginControl(BOUNDS);
  const limits: number[] = [];
  for (let i = 1; i <= 60; i++) {
    const [inFlight, speed] = [state.limit, Math.min(1, i / 30)];
    const files = Math.round(inFlight * speed);
    const counts = { completed: files, answers: files, answerMs: 50 * files };
    state = control(state, { ...QUIET, inFlight, ...counts, capacity: BOUNDS.start });
    limits.push(state.limit);
  }
  assert.ok(Math.min(...limits) > BOUNDS.start / 2, limits.join(' '));
});

test('a server that let nothing pass for a moment is asked more and more again', () => {
  const busy = { ...QUIET, inFlight: 64, answers: 100, answerMs: 500 };
  let state = beginControl(BOUNDS);
  // One sample with a latency, and one with nothing but refusals.
  state = control(state, { ...busy, completed: 100 });
  for (let i = 0; i < 4 && state.throttle === undefined; i++)
    state = control(state, { ...busy, throttled: 100 });
  const { rate } = state;
  for (let ms = 0; ms < 2000; ms += SAMPLE_MS) state = control(state, { ...QUIET, inFlight: state.limit });
  assert.ok(rate < 10 && state.rate > 2 * rate, `${rate} ${state.rate}`);
});

const QUIET: Sample = {
  ms: SAMPLE_MS,
  inFlight: 0,
  completed: 0,
  bytes: 0,
  answers: 0,
  answerMs: 0,
  throttled: 0,
  retryAfterMs: 0,
  failed: 0,
  busy: 0,
  roundTripMs: Number.POSITIVE_INFINITY,
  capacity: Number.POSITIVE_INFINITY,
};

const count = fc.oneof(fc.constant(0), fc.nat(5000));
const anySample: fc.Arbitrary<Sample> = fc.record({
  ms: fc.oneof(fc.constant(0), fc.constant(SAMPLE_MS), fc.nat(10_000)),
  inFlight: fc.double({ min: 0, max: 5000, noNaN: true }),
  completed: count,
  bytes: fc.oneof(fc.constant(0), fc.nat()),
  answers: count,
  answerMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
  throttled: count,
  retryAfterMs: fc.oneof(fc.constant(0), fc.nat(300_000)),
  failed: count,
  busy: fc.double({ min: 0, max: 1, noNaN: true }),
  roundTripMs: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(1000)),
  capacity: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.nat(5000)),
});
const anyBounds: fc.Arbitrary<Bounds> = fc
  .record({
    least: fc.integer({ min: 1, max: 8 }),
    more: fc.nat(5000),
    start: fc.integer({ min: 1, max: 5000 }),
  })
  .map(({ least, more, start }) => ({ least, most: least + more, start }));

test('whatever is measured, the limit is a whole number within its bounds', () => {
  const samples = fc.array(anySample, { maxLength: 200, size: 'max' });
  fc.assert(
    fc.property(anyBounds, samples, (bounds, all) => {
      let state: Control = beginControl(bounds);
      for (const sample of all) {
        state = control(state, sample);
        assert.ok(Number.isInteger(state.limit), `${state.limit}`);
        assert.ok(state.limit >= bounds.least && state.limit <= bounds.most, `${state.limit}`);
        assert.ok(state.limit <= Math.max(bounds.least, sample.capacity), `${state.limit}`);
        assert.ok(state.rate >= 1, `${state.rate}`);
      }
    }),
  );
});
