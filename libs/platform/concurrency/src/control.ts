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
import {
  type Accepted,
  addAccepted,
  complain,
  complaintsIn,
  isPaused,
  NOTHING_ACCEPTED,
  passTime,
  rateOf,
  type Throttle,
} from './throttle.ts';
import { addSizes, NO_SIZES, type Sizes, throughputOf } from './throughput.ts';

/** Why the limit has its value. */
export type Reason =
  | 'start'
  /** More requests have raised throughput. */
  | 'growing'
  /** The line was full from the start, and fewer requests do as well. */
  | 'lowering'
  /** Slightly higher and lower limits are tried in turn. */
  | 'seeking'
  /** A server has requested a lower rate. */
  | 'throttled'
  /** Most requests fail. */
  | 'failing'
  /** Almost no data arrives any more. */
  | 'standstill';

/**
 * The number of requests that may be under way, and the state from which it is computed; plain
 * data.
 */
export interface Control {
  readonly limit: number;
  /** Requests per second that may be started; Infinity while no server requests a lower rate. */
  readonly rate: number;
  readonly reason: Reason;
  readonly bounds: Bounds;
  readonly phase: Phase;
  readonly throttle: Throttle | undefined;
  readonly accepted: Accepted;
  /** A share of refusals that a lower rate does not reduce, and how long that is assumed. */
  readonly tolerated: { readonly share: number; readonly leftMs: number };
  readonly latency: Latency;
  /** How long a request is under way, including its body and its storing, in the last round, ms. */
  readonly heldMs: number | undefined;
  readonly sizes: Sizes;
  /** Of the last round that had as many requests as wanted, files/s. */
  readonly throughput: number;
  readonly round: Round;
  /** Requests under way when the round began. */
  readonly turnover: number;
  /** In the last sample. */
  readonly inFlight: number;
  readonly capacity: number;
  /** The shortest so far, ms. */
  readonly roundTripMs: number;
}

const REASONS = { climb: 'growing', descent: 'lowering', seek: 'seeking' } as const;
const NOTHING_TOLERATED = { share: 0, leftMs: 0 };
const TOLERATED_MS = 60_000;
/** Share of refusals that is no request for a lower rate; each refused file waits by itself. */
const BACKGROUND = 0.02;
/** Standard deviations of a random number of refusals; few are beyond. */
const DEVIATIONS = 4;
/** Allows for random variation above the tolerated share. */
const CHANCE = 2;
/** ms. Length of a throttled round, which measures the rate that a server accepts. */
const MIN_THROTTLED_MS = 300;
const MIN_THROTTLED = 50;
/** Share of the answers of a first round. */
const MANY_COMPLAINTS = 0.25;
const MIN_START = 4;
/**
 * If fewer requests than this share of the limit are under way, the round has not measured the
 * limit.
 */
const USED = 0.75;
/** Random variation of the requests under way. */
const DRAINED = 1.1;
/** A client that has just started takes some time of its own for a response. */
const SLOW = 8;
/** Round trips that a response takes while nothing is queued: the server needs some time, too. */
const EMPTY_LINE = 1.3;
/** Rounds this many times as long as a request measure the limit in force, not the one before. */
const CURRENT = 2;
/** Hanging requests occupy slots: a few of them stop a line that has a low limit. */
const STANDSTILL_MS = 1000;
const STANDSTILL = 1 / 8;
/** Fewer failures than this prove nothing. */
const MANY_FAILURES = 8;
/** ms. Assumed for a latency that has not been measured yet. */
const ASSUMED_MS = 1000;

export function beginControl(bounds: Bounds): Control {
  return {
    limit: clampLimit(bounds.start, bounds),
    rate: Number.POSITIVE_INFINITY,
    reason: 'start',
    bounds,
    phase: climbFrom(clampLimit(bounds.start, bounds)),
    throttle: undefined,
    accepted: NOTHING_ACCEPTED,
    tolerated: NOTHING_TOLERATED,
    latency: NO_LATENCY,
    heldMs: undefined,
    sizes: NO_SIZES,
    throughput: 0,
    round: EMPTY_ROUND,
    turnover: 0,
    inFlight: 0,
    capacity: Number.POSITIVE_INFINITY,
    roundTripMs: Number.POSITIVE_INFINITY,
  };
}

/**
 * Finds how many concurrent requests fill a line. Returns the state after a sample that was taken
 * with {@link Control.limit} in force. The limit doubles as in BBR's Startup, and then follows the
 * line as in PCC Vivace. Both measure what is delivered, and do not take a loss or a latency for a
 * full queue, as TCP Reno, Vegas and the server limits built on them do. Where a client's own CPU
 * is the limit, latency grows from the second request on; failures may be unrelated to load; and a
 * line's own latency is unknown until it has been empty once. Latency is used where it is
 * meaningful ({@link hintOf}). 429 and 503 responses from servers take precedence over all this
 * ({@link Throttle}).
 */
export function control(state: Control, sample: Sample): Control {
  // Limits of the rate leave times without any request, which count for what is to last.
  const ms = sample.ms + (sample.idleMs ?? 0);
  const leftMs = Math.max(0, state.tolerated.leftMs - ms);
  const next: Control = {
    ...state,
    // Answers that arrive in a pause belong to requests sent before it.
    round: state.throttle && isPaused(state.throttle) ? EMPTY_ROUND : addToRound(state.round, sample),
    sizes: addSizes(state.sizes, sample),
    throttle: state.throttle && passTime(state.throttle, ms),
    tolerated: leftMs === 0 ? NOTHING_TOLERATED : { ...state.tolerated, leftMs },
    inFlight: sample.inFlight,
    capacity: sample.capacity,
    roundTripMs: Math.min(state.roundTripMs, sample.roundTripMs),
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

/** Evaluates a completed round. */
function judge(state: Control): Control {
  const { round, throttle, bounds, phase } = state;
  const inFlight = inFlightOf(round);
  // These answers belong to requests sent in the round before.
  const latency = addLatency(state.latency, round, Math.min(inFlight, state.turnover));
  const heldMs = endedIn(round) === 0 ? state.heldMs : round.requestMs / endedIn(round);
  const accepted = addAccepted(state.accepted, round);
  let next: Control = { ...state, latency, heldMs, accepted, round: EMPTY_ROUND, turnover: state.inFlight };
  if (throttle?.isSettling === true) return { ...next, throttle: { ...throttle, isSettling: false } };
  if (asksForLess(state, round)) return heed(next, round);
  if (throttle !== undefined) next = { ...next, throttle: { ...throttle, inVain: 0 } };
  if (round.failed > MANY_FAILURES && round.failed > round.completed && phase.limit > bounds.start)
    return restart(next, 'failing');
  if (isStandstill(state)) return restart(next, 'standstill');
  const throughput = throughputOf(round, state.sizes);
  if (inFlight < USED * state.limit || throughput === 0) return next;
  const within = { ...bounds, most: maxOf(state) };
  const finding = {
    throughput,
    isDraining: state.inFlight > DRAINED * state.limit,
    isServerSlow: round.answerMs > SLOW * state.roundTripMs * round.answers,
    emptyLineMs: round.answerMs <= EMPTY_LINE * state.roundTripMs * round.answers ? state.roundTripMs : 0,
    isCurrent: heldMs !== undefined && round.ms >= CURRENT * heldMs,
    hint: hintOf(latency, phase.limit),
    isBusy: isClientBusy(round),
  };
  const advanced = advance(phase, finding, within);
  return { ...next, phase: advanced, throughput, reason: REASONS[advanced.kind] };
}

/**
 * Some servers answer 503 to one request in a hundred, at any rate. A limit of the rate shows
 * itself clearly when the number of requests doubles or a trial exceeds it, and then a small number
 * counts.
 */
function asksForLess({ throttle, tolerated }: Control, round: Round): boolean {
  if (throttle !== undefined) return complaintsIn(round) > tolerated.share;
  const expected = Math.max(BACKGROUND, tolerated.share) * endedIn(round);
  return round.throttled > expected + DEVIATIONS * Math.sqrt(expected);
}

function heed(state: Control, round: Round): Control {
  const { phase, bounds } = state;
  const isFirst = state.throttle === undefined && phase.kind === 'climb' && phase.before === undefined;
  if (isFirst && complaintsIn(round) > MANY_COMPLAINTS && phase.limit > bounds.start / MIN_START) {
    // No rate is known yet: the first limit was too high.
    return { ...state, phase: climbFrom(clampLimit(phase.limit / 2, bounds)), reason: 'throttled' };
  }
  const throttle = complain(round, state.throttle, state.accepted);
  if (throttle !== undefined) return { ...state, throttle, reason: 'throttled' };
  const share = Math.max(complaintsIn(round), state.throttle?.share ?? 0);
  const tolerated = { share: CHANCE * share, leftMs: TOLERATED_MS };
  return { ...state, throttle: undefined, tolerated };
}

/** As TCP does after a timeout: earlier measurements of the line may no longer hold. */
function restart(state: Control, reason: Reason): Control {
  return { ...state, phase: climbFrom(state.bounds.start), reason };
}

function maxOf({ bounds, capacity }: Control): number {
  return clampLimit(Math.min(capacity, bounds.most), bounds);
}

function inForce(state: Control): Control {
  const { phase, throttle, bounds, heldMs = ASSUMED_MS } = state;
  const most = maxOf(state);
  if (throttle === undefined)
    return { ...state, limit: clampLimit(phase.limit, { ...bounds, most }), rate: Number.POSITIVE_INFINITY };
  const rate = rateOf(throttle);
  // Little's law: the requests under way at that rate, and as many again in case they take longer.
  const needed = bounds.least + (2 * rate * heldMs) / 1000;
  return { ...state, limit: clampLimit(Math.min(phase.limit, needed), { ...bounds, most }), rate };
}
