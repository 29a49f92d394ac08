import { type Bounds, clampLimit } from './bounds.ts';
import type { Hint } from './latency.ts';
import { type Level, WORTH } from './level.ts';

/**
 * Stays where more requests would gain too little, by trying a slightly higher and a slightly lower
 * limit in turn: the trials and gradient ascent of PCC (Dong et al., "PCC Vivace: Online-Learning
 * Congestion Control", NSDI 2018).
 */
export interface Seek {
  readonly kind: 'seek';
  readonly limit: number;
  /** Throughput when the climb found the line full, files/s. */
  readonly full: number;
  /** The limit around which trials are made. */
  readonly base: number;
  readonly isMore: boolean;
  /** Whether requests of the previous trial are still ending. */
  readonly isSettling: boolean;
  /** The first of two trials, once it is over. */
  readonly first: Level | undefined;
  /** Consecutive steps in one direction, negative downwards. */
  readonly trend: number;
  /** Rounds before the next trial. */
  readonly rest: number;
}

const TRIAL = 1.2;
/**
 * Change of the limit's logarithm per unit of slope, for the first, second… step in one direction.
 */
const GAINS = [0.15, 0.4, 0.8, 1.2];
const MAX_STEP = 0.5;
/** A slope further from the break-even slope is noise. */
const STEEPEST = 0.8;
/**
 * Rounds at full capacity, where more requests would be better, and fewer have just been found
 * worse.
 */
const REST = 8;
/** A slope that, in consecutive steps, shows that the line has changed. */
const STEEP = 0.5;
const STEPS_TO_CLIMB = 3;
/** …and if the latency shows that the line is empty. */
const STEPS_TO_CLIMB_IF_EMPTY = 2;
const EMPTY: Hint = { slope: 0.7, weight: 0.25 };

export function seekFrom({ limit, throughput }: Level, bounds: Bounds): Seek {
  const state = {
    kind: 'seek',
    limit,
    full: throughput,
    base: limit,
    isMore: true,
    isSettling: true,
    first: undefined,
    trend: 0,
    rest: 0,
  } as const;
  return trial(state, bounds);
}

/** @returns `climb` if more requests have raised throughput so much that doubling them is faster */
export function seek(state: Seek, throughput: number, hint: Hint, bounds: Bounds): Seek | 'climb' {
  if (state.isSettling) return { ...state, isSettling: false };
  if (state.rest > 0) return { ...state, rest: state.rest - 1 };
  const level = { limit: state.limit, throughput };
  const { first, isMore } = state;
  if (first === undefined)
    return trial({ ...state, first: level, isMore: !isMore, isSettling: true }, bounds);
  const slope = slopeBetween(first, level) * (1 - hint.weight) + hint.slope * hint.weight;
  const gradient = slope - WORTH;
  const direction = Math.sign(gradient);
  const trend = direction === Math.sign(state.trend) ? state.trend + direction : direction;
  const isEmpty = hint.weight > EMPTY.weight && hint.slope > EMPTY.slope;
  if (slope > STEEP && trend >= (isEmpty ? STEPS_TO_CLIMB_IF_EMPTY : STEPS_TO_CLIMB)) return 'climb';
  const gain = GAINS[Math.min(Math.abs(trend), GAINS.length) - 1] ?? 0;
  const step = Math.max(-MAX_STEP, Math.min(MAX_STEP, gain * gradient));
  const base = Math.max(bounds.least, Math.min(bounds.most, state.base * Math.exp(step)));
  const next = { ...state, base, first: undefined, isSettling: true, trend };
  if (base < bounds.most || trend < 0) return trial(next, bounds);
  return trial({ ...next, isMore: true, rest: REST }, bounds);
}

/** The order of two trials alternates, so that a steady drift cancels out. */
function trial(state: Seek, bounds: Bounds): Seek {
  const { base, isMore } = state;
  const limit = isMore ? Math.max(base + 1, base * TRIAL) : Math.min(base - 1, base / TRIAL);
  return { ...state, limit: clampLimit(limit, bounds) };
}

function slopeBetween(one: Level, other: Level): number {
  if (one.limit === other.limit) return WORTH;
  const slope = Math.log(other.throughput / one.throughput) / Math.log(other.limit / one.limit);
  return Math.max(WORTH - STEEPEST, Math.min(WORTH + STEEPEST, slope));
}
