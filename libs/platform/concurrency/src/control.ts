import { type Bounds, clampLimit } from './bounds.ts';
import { climbFrom } from './climb.ts';
import { addLatency, hintOf, type Latency, NO_LATENCY } from './latency.ts';
import { advance, lengthOf, type Phase } from './phase.ts';
import {
  addToRound,
  EMPTY_ROUND,
  endedIn,
  inFlightOf,
  isClientBusy,
  isRoundOver,
  type Round,
} from './round.ts';
import type { Sample } from './sample.ts';
import { complain, complaintsIn, passTime, rateOf, type Throttle } from './throttle.ts';
import { addSizes, NO_SIZES, type Sizes, throughputOf } from './throughput.ts';

/** Why the limit is what it is. */
export type Reason =
  | 'start'
  /** More requests have brought more. */
  | 'growing'
  /** The line was full from the start, and fewer do as well. */
  | 'lowering'
  /** A few more and a few less are tried in turn. */
  | 'seeking'
  /** A server asks for fewer. */
  | 'throttled'
  /** Most requests fail. */
  | 'failing'
  /** Nearly nothing arrives any more. */
  | 'standstill';

/** How many requests may be under way, and all that is known to find it out; plain data. */
export interface Control {
  readonly limit: number;
  /** Requests a second that may be started; Infinity where no server asks for fewer. */
  readonly rate: number;
  readonly reason: Reason;
  readonly bounds: Bounds;
  readonly phase: Phase;
  readonly throttle: Throttle | undefined;
  /** A share of complaints that nothing helps against, and how long that is believed. */
  readonly tolerated: { readonly share: number; readonly leftMs: number };
  readonly latency: Latency;
  /** How long a request is under way in the last round, its body and its storing included, ms. */
  readonly heldMs: number | undefined;
  readonly sizes: Sizes;
  /** Of the last round with as many requests as were wanted, files/s. */
  readonly throughput: number;
  readonly round: Round;
  /** Requests that were under way when the round began. */
  readonly turnover: number;
  /** In the last sample. */
  readonly inFlight: number;
  readonly capacity: number;
}

const REASONS = { climb: 'growing', descent: 'lowering', seek: 'seeking' } as const;
const NOTHING_TOLERATED = { share: 0, leftMs: 0 };
const TOLERATED_MS = 60_000;
/** Beside what is tolerated, chance has some more. */
const CHANCE = 2;
/** Of a throttled round, which tells the rate that a server lets pass. ms */
const MIN_THROTTLED_MS = 300;
const MIN_THROTTLED = 50;
/** Share of a first round's answers. */
const MANY_COMPLAINTS = 0.25;
const MIN_START = 4;
/** Where fewer requests are under way than this part of the limit, it is not the limit that was measured. */
const USED = 0.75;
/** Requests that hang take the place of others: a few of them stop a line with a low limit. */
const STANDSTILL_MS = 1000;
const STANDSTILL = 1 / 8;
/** Few failures are no sign. */
const MANY_FAILURES = 8;
/** A time that has not been measured yet, ms. */
const ASSUMED_MS = 1000;

export function beginControl(bounds: Bounds): Control {
  return {
    limit: clampLimit(bounds.start, bounds),
    rate: Number.POSITIVE_INFINITY,
    reason: 'start',
    bounds,
    phase: climbFrom(clampLimit(bounds.start, bounds)),
    throttle: undefined,
    tolerated: NOTHING_TOLERATED,
    latency: NO_LATENCY,
    heldMs: undefined,
    sizes: NO_SIZES,
    throughput: 0,
    round: EMPTY_ROUND,
    turnover: 0,
    inFlight: 0,
    capacity: Number.POSITIVE_INFINITY,
  };
}

/**
 * Finds how many requests at once fill a line: what is known after a sample that was taken with {@link Control.limit} in force. It
 * doubles the limit like BBR's Startup, and then follows the line like PCC Vivace. Both look at what is delivered instead of
 * believing that a loss, or a latency, means a full queue (TCP Reno, Vegas, the limits of servers that are built on these): where
 * a client's own CPU is the limit, latency grows from the second request on; failures may have nothing to do with load; and
 * a line's own latency is not known before it was empty once. Latency helps where it tells something ({@link hintOf}). What
 * servers ask for by 429 and 503 comes before all this ({@link Throttle}).
 */
export function control(state: Control, sample: Sample): Control {
  const leftMs = Math.max(0, state.tolerated.leftMs - sample.ms);
  const next: Control = {
    ...state,
    round: addToRound(state.round, sample),
    sizes: addSizes(state.sizes, sample),
    throttle: state.throttle && passTime(state.throttle, sample.ms),
    tolerated: leftMs === 0 ? NOTHING_TOLERATED : { ...state.tolerated, leftMs },
    inFlight: sample.inFlight,
    capacity: sample.capacity,
  };
  return inForce(isOver(next) ? judge(next) : next);
}

function isOver(state: Control): boolean {
  const { round, phase, throttle, turnover, latency } = state;
  if (isStandstill(state)) return true;
  const { shortestMs, fewestEnded } = lengthOf(phase);
  return isRoundOver(round, {
    shortestMs: throttle === undefined ? shortestMs : MIN_THROTTLED_MS,
    fewestEnded: throttle === undefined ? fewestEnded : MIN_THROTTLED,
    turnover,
    latencyMs: latency.now ?? ASSUMED_MS,
  });
}

function isStandstill({ round, phase, bounds, sizes, throughput }: Control): boolean {
  if (round.ms < STANDSTILL_MS || phase.limit >= bounds.start || inFlightOf(round) < USED * phase.limit)
    return false;
  return throughputOf(round, sizes) < STANDSTILL * throughput;
}

/** What a round that is over tells. */
function judge(state: Control): Control {
  const { round, throttle, bounds, phase } = state;
  const inFlight = inFlightOf(round);
  // Those that were answered were sent in the round before.
  const latency = addLatency(state.latency, round, Math.min(inFlight, state.turnover));
  const heldMs = endedIn(round) === 0 ? state.heldMs : round.requestMs / endedIn(round);
  let next: Control = { ...state, latency, heldMs, round: EMPTY_ROUND, turnover: state.inFlight };
  if (throttle?.isSettling === true) return { ...next, throttle: { ...throttle, isSettling: false } };
  if (complaintsIn(round) > state.tolerated.share) return heed(next, round);
  if (throttle !== undefined) next = { ...next, throttle: { ...throttle, inVain: 0 } };
  if (round.failed > MANY_FAILURES && round.failed > round.completed && phase.limit > bounds.start)
    return restart(next, 'failing');
  if (isStandstill(state)) return restart(next, 'standstill');
  const throughput = throughputOf(round, state.sizes);
  if (inFlight < USED * state.limit || throughput === 0) return next;
  const within = { ...bounds, most: mostOf(state) };
  const finding = { throughput, hint: hintOf(latency, phase.limit), isBusy: isClientBusy(round) };
  const advanced = advance(phase, finding, within);
  return { ...next, phase: advanced, throughput, reason: REASONS[advanced.kind] };
}

function heed(state: Control, round: Round): Control {
  const { phase, bounds } = state;
  const isFirst = state.throttle === undefined && phase.kind === 'climb' && phase.before === undefined;
  if (isFirst && complaintsIn(round) > MANY_COMPLAINTS && phase.limit > bounds.start / MIN_START) {
    // No rate is known yet: these were too many to begin with.
    return { ...state, phase: climbFrom(clampLimit(phase.limit / 2, bounds)), reason: 'throttled' };
  }
  const throttle = complain(round, state.throttle);
  if (throttle !== undefined) return { ...state, throttle, reason: 'throttled' };
  const share = Math.max(complaintsIn(round), state.throttle?.share ?? 0);
  const tolerated = { share: CHANCE * share, leftMs: TOLERATED_MS };
  return { ...state, throttle: undefined, tolerated };
}

/** As TCP does after a timeout: what was known of the line may no longer be so. */
function restart(state: Control, reason: Reason): Control {
  return { ...state, phase: climbFrom(state.bounds.start), reason };
}

function mostOf({ bounds, capacity }: Control): number {
  return clampLimit(Math.min(capacity, bounds.most), bounds);
}

function inForce(state: Control): Control {
  const { phase, throttle, bounds, heldMs = ASSUMED_MS } = state;
  const most = mostOf(state);
  if (throttle === undefined)
    return { ...state, limit: clampLimit(phase.limit, { ...bounds, most }), rate: Number.POSITIVE_INFINITY };
  const rate = rateOf(throttle);
  // Little's law: what is under way at that rate, and as much again should it take longer.
  const needed = bounds.least + (2 * rate * heldMs) / 1000;
  return { ...state, limit: clampLimit(Math.min(phase.limit, needed), { ...bounds, most }), rate };
}
