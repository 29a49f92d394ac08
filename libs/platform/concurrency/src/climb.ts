import type { Finding } from './finding.ts';
import { better, type Level, utility } from './level.ts';

/**
 * Doubles the limit every round while that raises throughput: BBR's Startup (Cardwell et al., "BBR:
 * Congestion-Based Congestion Control", ACM Queue 14(5), 2016).
 */
export interface Climb {
  readonly kind: 'climb';
  /** The limit at the start of the climb. */
  readonly from: number;
  readonly limit: number;
  /** Throughput of the previous round, whose requests end in this one. */
  readonly before: number | undefined;
  readonly best: Level | undefined;
  /** Consecutive rounds without an increase. */
  readonly flat: number;
}

/** Halves the limit while throughput does not drop: the line was full from the start. */
export interface Descent {
  readonly kind: 'descent';
  readonly limit: number;
  readonly best: Level;
  /** Whether requests from the previous limit are still ending. */
  readonly isSettling: boolean;
}

/**
 * BBR's: a line is full if three rounds have not raised throughput by a quarter. A new connection
 * takes two to three rounds.
 */
const GROWTH = 1.25;
const MAX_FLAT = 3;
/** From this weight on, a doubled latency is believed at once. */
const CLEAR = 0.25;

export function climbFrom(limit: number): Climb {
  return { kind: 'climb', from: limit, limit, before: undefined, best: undefined, flat: 0 };
}

/** @returns the level at which the line was full, once that is known */
export function climb(state: Climb, { throughput, hint, isBusy }: Finding, most: number): Climb | Level {
  const { before, best, flat } = state;
  if (isBusy) return pause(state, throughput);
  const doubled = {
    ...state,
    before: state.limit,
    limit: Math.max(state.limit, Math.min(2 * state.limit, most)),
  };
  // The first round opened connections; the second one shows the throughput of the first limit.
  if (before === undefined) return doubled;
  const level = { limit: before, throughput };
  if (best === undefined) return { ...doubled, best: level };
  if (throughput >= GROWTH * best.throughput)
    return before >= most ? level : { ...doubled, best: level, flat: 0 };
  const next = better(best, level);
  if (flat + 1 >= MAX_FLAT || (hint.weight > CLEAR && hint.slope < 0)) return next;
  return { ...state, before: state.limit, best: next, flat: flat + 1 };
}

/**
 * More requests do not help a client whose threads are busy all the time, unless it is still
 * starting up.
 */
function pause(state: Climb, throughput: number): Climb | Level {
  const { before = state.limit, best, flat } = state;
  const level = { limit: before, throughput };
  const next = best === undefined ? level : better(best, level);
  if (flat + 1 >= MAX_FLAT) return next;
  return { ...state, before: state.limit, best: next, flat: flat + 1 };
}

export function descendFrom(best: Level, least: number): Descent {
  return { kind: 'descent', limit: Math.max(least, Math.floor(best.limit / 2)), best, isSettling: true };
}

/** @returns the level below which throughput drops, once that is known */
export function descend(state: Descent, throughput: number, least: number): Descent | Level {
  if (state.isSettling) return { ...state, isSettling: false };
  const level = { limit: state.limit, throughput };
  if (utility(level) <= utility(state.best)) return state.best;
  return level.limit <= least ? level : descendFrom(level, least);
}
