import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestLimits } from '../lane/fetch/request-limit.ts';
import type { LaneTraffic } from '../lane/protocol.ts';
import { RequestControl } from './request-control.ts';

const BOUNDS = { least: 2, most: 1024, start: 64 };

/** Responses over a line of 50 ms that is never saturated. */
function traffic(inFlight: number, different: Partial<LaneTraffic> = {}): LaneTraffic {
  return {
    ms: 50,
    requestMs: 50 * inFlight,
    completed: inFlight,
    bytes: 1000 * inFlight,
    answers: inFlight,
    answerMs: 50 * inFlight,
    throttled: 0,
    retryAfterMs: 0,
    failed: 0,
    busy: 0,
    roundTripMs: Number.POSITIVE_INFINITY,
    capacity: Number.POSITIVE_INFINITY,
    ...different,
  };
}

function open(lanes: number) {
  const announced: (readonly RequestLimits[])[] = [];
  const limits: number[] = [];
  const control = new RequestControl({
    lanes,
    bounds: BOUNDS,
    onShares: (shares) => void announced.push(shares),
    onControl: ({ limit }) => void limits.push(limit),
  });
  return { control, announced, limits };
}

function limitsOf(shares: readonly RequestLimits[] | undefined): number[] {
  return (shares ?? []).map(({ limit }) => limit);
}

test('what all lanes measure makes one limit, which they share', () => {
  const { control, announced, limits } = open(2);
  for (let i = 0; i < 20 && (limits.at(-1) ?? 0) < BOUNDS.most; i++) {
    const [one = 32, other = 32] = limitsOf(announced.at(-1));
    control.add(0, traffic(one));
    control.add(1, traffic(other));
  }
  assert.equal(limits.at(-1), BOUNDS.most);
  assert.deepEqual(limitsOf(announced.at(-1)), [512, 512]);
});

test('lanes without anything to ask for leave what there is to the others', () => {
  const { control, announced, limits } = open(4);
  for (let i = 0; i < 30 && (limits.at(-1) ?? 0) < BOUNDS.most; i++)
    control.add(2, traffic(limitsOf(announced.at(-1))[2] ?? 16));
  assert.equal(limits.at(-1), BOUNDS.most);
  assert.deepEqual(limitsOf(announced.at(-1)), [256, 256, 1024, 256]);
  for (let i = 0; i < 8; i++) control.add(i % 4, traffic(256));
  assert.deepEqual(limitsOf(announced.at(-1)), [256, 256, 256, 256]);
});

test('what connections can carry is what those of all lanes can', () => {
  const { control, limits } = open(2);
  for (let i = 0; i < 10; i++)
    for (const lane of [0, 1]) control.add(lane, traffic((limits.at(-1) ?? 64) / 2, { capacity: 50 }));
  assert.equal(Math.max(...limits), 100);
});

test('a server that answers 429 makes a rate of which each lane has its part', () => {
  const { control, announced } = open(2);
  for (let i = 0; i < 20; i++)
    for (const lane of [0, 1]) control.add(lane, traffic(32, { answers: 11, completed: 10, throttled: 1 }));
  const rates = (announced.at(-1) ?? []).map(({ rate }) => rate);
  assert.equal(rates.length, 2);
  assert.ok(
    rates.every((rate) => rate < 250 && rate === rates[0]),
    rates.join(' '),
  );
});

test('time in which no lane has a request counts for limits of the rate', () => {
  let now = 0;
  const rates: number[] = [];
  const control = new RequestControl({
    lanes: 1,
    bounds: BOUNDS,
    onShares: () => {},
    onControl: ({ rate }) => void rates.push(rate),
    now: () => now,
  });
  const step = (different: Partial<LaneTraffic>): void => {
    now += 50;
    control.add(0, traffic(64, different));
  };
  for (let i = 0; i < 20; i++) step({ completed: 0, throttled: 64 });
  const paused = rates.at(-1) ?? 0;
  now += 60_000;
  step({});
  assert.ok(paused <= 1 && (rates.at(-1) ?? 0) > 20, `${paused}, then ${rates.at(-1)}`);
});
