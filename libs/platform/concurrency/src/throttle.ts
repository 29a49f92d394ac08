import { endedIn, type Round } from './round.ts';

/** A server that answers 429 or 503 above some rate: requests are sent slightly below it. */
export interface Throttle {
  /** The rate it accepted when it last refused requests, requests/s. */
  readonly passed: number;
  readonly sinceMs: number;
  /** Time without attempts at a higher rate: its Retry-After. */
  readonly holdMs: number;
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
/** A rate this many times as high as the accepted one is no limit. */
const FORGOTTEN = 8;
const MAX_IN_VAIN = 4;
/** Below this share of the accepted rate, refusals are unrelated to it. */
const FEWER = 0.97;

/**
 * Time for the first rate to double, as in TCP's slow start, until a server refuses requests again.
 */
const DOUBLING_S = 1;

/** requests/s that may be sent */
export function rateOf({ passed, sinceMs, holdMs, isFirst }: Throttle): number {
  const seconds = Math.max(0, sinceMs - holdMs) / 1000;
  if (isFirst) return Math.max(MIN_RATE, passed * REDUCTION * 2 ** (seconds / DOUBLING_S));
  return Math.max(MIN_RATE, passed * (1 + SCALE * (seconds - PLATEAU_S) ** 3));
}

export function complaintsIn(round: Round): number {
  return round.throttled === 0 ? 0 : round.throttled / endedIn(round);
}

/** @returns undefined if fewer requests would not help */
export function complain(round: Round, before: Throttle | undefined): Throttle | undefined {
  const offered = (1000 * endedIn(round)) / round.ms;
  const isInVain = before !== undefined && offered < FEWER * before.passed;
  const inVain = isInVain ? before.inVain + 1 : 0;
  if (inVain >= MAX_IN_VAIN) return undefined;
  // By its responses: the time when a file has been stored does not measure the server.
  const passed = Math.max(MIN_RATE, (1000 * (round.answers - round.throttled)) / round.ms);
  const share = Math.max(complaintsIn(round), isInVain ? before.share : 0);
  const isFirst = before === undefined;
  return { passed, sinceMs: 0, holdMs: round.retryAfterMs, isSettling: true, isFirst, share, inVain };
}

export function passTime(throttle: Throttle, ms: number): Throttle | undefined {
  const later = { ...throttle, sinceMs: throttle.sinceMs + ms };
  return rateOf(later) > FORGOTTEN * Math.max(MIN_RATE, later.passed) ? undefined : later;
}
