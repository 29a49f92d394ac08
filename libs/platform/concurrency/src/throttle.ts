import { endedIn, type Round } from './round.ts';

/** A server that answers 429 or 503 above some rate: requests are sent a little below it. */
export interface Throttle {
  /** What it let pass when it last complained, requests/s. */
  readonly passed: number;
  readonly sinceMs: number;
  /** How long of this nothing more is tried: its Retry-After. */
  readonly holdMs: number;
  /** Whether requests are still ending that were sent before. */
  readonly isSettling: boolean;
  /** Whether no rate has been tried yet: what passed then may be what the client could send, not what the server allows. */
  readonly isFirst: boolean;
  /** Times in a row that it complained of fewer requests than it had let pass. */
  readonly inVain: number;
  /** The largest share of the answers that were complaints, of these times. */
  readonly share: number;
}

/**
 * CUBIC's growth (RFC 9438, 4.2) of a rate instead of a window: a tenth less than what passed, close to it for a long time, and
 * after that more and more. One of a thousand requests is refused for finding out.
 */
const REDUCTION = 0.9;
const PLATEAU_S = 5;
const SCALE = (1 - REDUCTION) / PLATEAU_S ** 3;
/** requests/s */
const MIN_RATE = 1;
/** A rate so many times as high as what passed is none. */
const FORGOTTEN = 8;
const MAX_IN_VAIN = 4;
/** With fewer requests than passed before, there are no complaints that have to do with their number. */
const FEWER = 0.97;

/** How long the first rate takes to double, as in TCP's slow start, until a server complains again. */
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

/** @returns undefined where fewer requests would not help */
export function complain(round: Round, before: Throttle | undefined): Throttle | undefined {
  const offered = (1000 * endedIn(round)) / round.ms;
  const isInVain = before !== undefined && offered < FEWER * before.passed;
  const inVain = isInVain ? before.inVain + 1 : 0;
  if (inVain >= MAX_IN_VAIN) return undefined;
  // By its answers: when a file has been stored says nothing of the server.
  const passed = Math.max(MIN_RATE, (1000 * (round.answers - round.throttled)) / round.ms);
  const share = Math.max(complaintsIn(round), isInVain ? before.share : 0);
  const isFirst = before === undefined;
  return { passed, sinceMs: 0, holdMs: round.retryAfterMs, isSettling: true, isFirst, share, inVain };
}

export function passTime(throttle: Throttle, ms: number): Throttle | undefined {
  const later = { ...throttle, sinceMs: throttle.sinceMs + ms };
  return rateOf(later) > FORGOTTEN * Math.max(MIN_RATE, later.passed) ? undefined : later;
}
