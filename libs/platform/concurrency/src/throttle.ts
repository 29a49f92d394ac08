import { endedIn, type Round } from './round.ts';

/** A server that answers 429 or 503 above some rate: requests are sent slightly below it. */
export interface Throttle {
  /** The rate it accepted when it last refused requests, requests/s. */
  readonly passed: number;
  readonly sinceMs: number;
  /** Time without attempts at a higher rate: its Retry-After, or what {@link close} assumes. */
  readonly holdMs: number;
  /** How often in a row it has refused nearly everything: nothing is sent meanwhile. */
  readonly closures: number;
  /** Whether earlier requests are still ending. */
  readonly isSettling: boolean;
  /**
   * Whether no rate has been tried yet: the accepted rate may then be the client's limit, not the
   * server's.
   */
  readonly isFirst: boolean;
  /** Consecutive refusals at a rate below the accepted one. */
  readonly inVain: number;
  /** The largest share of refused requests in those cases. */
  readonly share: number;
}

/**
 * CUBIC's growth (RFC 9438, 4.2), of a rate instead of a window: a tenth below the accepted rate,
 * close to it for a long time, and then growing faster. Probing costs one refused request in a
 * thousand.
 */
const REDUCTION = 0.9;
const PLATEAU_S = 5;
const SCALE = (1 - REDUCTION) / PLATEAU_S ** 3;
/** requests/s */
const MIN_RATE = 1;
/** A server that refuses more than this share has used up its quota, of a second for example. */
const CLOSED = 0.5;
/** ms. First pause for a closed server that does not say how long; it doubles every time. */
const FIRST_PAUSE_MS = 1000;
const MAX_PAUSE_MS = 8000;
/** ms. Time over which a quota is averaged, with exponential decay. */
const AVERAGED_MS = 2000;
/** A rate this many times as high as the accepted one is no limit. */
const FORGOTTEN = 8;
const MAX_IN_VAIN = 4;
/** Below this share of the accepted rate, refusals are unrelated to it. */
const FEWER = 0.97;

/**
 * Time for the first rate to double, as in TCP's slow start, until a server refuses requests again.
 */
const DOUBLING_S = 0.9;

/** requests/s that may be sent */
export function rateOf(throttle: Throttle): number {
  if (isPaused(throttle)) return MIN_RATE;
  const { passed, sinceMs, holdMs, isFirst } = throttle;
  const seconds = Math.max(0, sinceMs - holdMs) / 1000;
  if (isFirst) return Math.max(MIN_RATE, passed * 2 ** (seconds / DOUBLING_S));
  return Math.max(MIN_RATE, passed * (1 + SCALE * (seconds - PLATEAU_S) ** 3));
}

export function complaintsIn(round: Round): number {
  return round.throttled === 0 ? 0 : round.throttled / endedIn(round);
}

/** Whether a closed server is not asked for anything, except for a request a second. */
export function isPaused({ closures, sinceMs, holdMs }: Throttle): boolean {
  return closures > 0 && sinceMs < holdMs;
}

/** Requests that a server has accepted lately, and in which time. */
export interface Accepted {
  readonly count: number;
  readonly ms: number;
}

export const NOTHING_ACCEPTED: Accepted = { count: 0, ms: 0 };

export function addAccepted({ count, ms }: Accepted, round: Round): Accepted {
  const left = Math.exp(-round.ms / AVERAGED_MS);
  return { count: left * count + round.answers - round.throttled, ms: left * ms + round.ms };
}

/** @returns undefined if fewer requests would not help */
export function complain(
  round: Round,
  before: Throttle | undefined,
  accepted: Accepted,
): Throttle | undefined {
  if (complaintsIn(round) > CLOSED) return close(round, before, accepted);
  const offered = (1000 * endedIn(round)) / round.ms;
  const isInVain = before !== undefined && offered < FEWER * before.passed;
  const inVain = isInVain ? before.inVain + 1 : 0;
  if (inVain >= MAX_IN_VAIN) return undefined;
  // By its responses: the time when a file has been stored does not measure the server.
  const passed = Math.max(MIN_RATE, (1000 * (round.answers - round.throttled)) / round.ms);
  const share = Math.max(complaintsIn(round), isInVain ? before.share : 0);
  const isFirst = before === undefined;
  const holdMs = round.retryAfterMs;
  return { passed, sinceMs: 0, holdMs, isSettling: true, isFirst, share, inVain, closures: 0 };
}

/**
 * What a server has accepted before it closed, over that time and the pause, is about its quota. A
 * round of refusals alone does not tell it.
 */
function close(round: Round, before: Throttle | undefined, { count, ms }: Accepted): Throttle {
  const closures = (before?.closures ?? 0) + 1;
  const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (closures - 1));
  const holdMs = Math.max(round.retryAfterMs, pauseMs);
  const passed = Math.max(MIN_RATE, (1000 * count) / (ms + holdMs));
  return { passed, sinceMs: 0, holdMs, isSettling: false, isFirst: true, share: 0, inVain: 0, closures };
}

export function passTime(throttle: Throttle, ms: number): Throttle | undefined {
  const later = { ...throttle, sinceMs: throttle.sinceMs + ms };
  return rateOf(later) > FORGOTTEN * Math.max(MIN_RATE, later.passed) ? undefined : later;
}
