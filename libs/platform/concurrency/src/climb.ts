import type { Finding } from './finding.ts';
import { better, type Level, utility } from './level.ts';

/**
 * Doubles the limit every round while that raises throughput: BBR's Startup (Cardwell et al., "BBR:
 * Congestion-Based Congestion Control", ACM Queue 14(5), 2016). The first step is longer on a long
 * line that is empty, where the same number of requests asks for less a second, and each round
 * costs a round trip.
 */
export interface Climb {
  readonly kind: 'climb';
  /** The limit at the start of the first climb; 0 later, when lower limits have been tried. */
  readonly from: number;
  readonly limit: number;
  /** Throughput of the previous round, whose requests end in this one. */
  readonly before: number | undefined;
  readonly best: Level | undefined;
  /** Consecutive rounds without an increase; -1 if the best level has to be measured once more. */
  readonly flat: number;
}

/** Halves the limit while throughput does not drop: the line was full from the start. */
export interface Descent {
  readonly kind: 'descent';
  readonly limit: number;
  /** Throughput when the climb found the line full, files/s. */
  readonly full: number;
  /**
   * Undefined until it has been measured anew, as the climb took place while the client started.
   */
  readonly best: Level | undefined;
  /** Whether requests from the previous limit are still ending. */
  readonly isSettling: boolean;
}

/**
 * BBR's: a line is full if three rounds have not raised throughput by a quarter. A new connection
 * takes two to three rounds.
 */
const GROWTH = 1.25;
const FACTOR = 2;
/** In simulations, longer steps take a client that is warming up for a line that is not full. */
const MAX_FIRST_FACTOR = 4;
/** A line of twice this round trip needs no longer first step. ms */
const SHORT_LINE_MS = 15;
const MAX_FLAT = 3;
/** The first answers of a slow server came while requests were still being sent. */
const UNCERTAIN = -1;
/** From this weight on, a doubled latency is believed at once. */
const CLEAR = 0.25;

export function climbFrom(limit: number): Climb {
  return { kind: 'climb', from: limit, limit, before: undefined, best: undefined, flat: 0 };
}

/**
 * A line was not full, or is no longer, if it delivers this much more than when it was found full.
 * A client speeds up by itself within its first second, while its code is being compiled.
 */
export function hasGrown(throughput: number, full: number): boolean {
  return throughput >= GROWTH * full;
}

/**
 * Climbs again from a level that has been measured, and stops at the first round without growth.
 */
export function climbOn(level: Level, most: number): Climb {
  const { limit } = level;
  return {
    kind: 'climb',
    from: 0,
    limit: Math.max(limit, Math.min(2 * limit, most)),
    before: limit,
    best: level,
    // The requests of the first round were sent at the level itself.
    flat: MAX_FLAT - 2,
  };
}

/** @returns the level at which the line was full, once that is known */
export function climb(state: Climb, finding: Finding, most: number): Climb | Level {
  const { throughput, hint, isBusy, isCurrent, isServerSlow, emptyLineMs } = finding;
  const { before, best, flat } = state;
  if (isBusy) return pause(state, throughput);
  const factor = before === undefined ? firstFactor(emptyLineMs) : FACTOR;
  const raised = {
    ...state,
    before: state.limit,
    limit: Math.max(state.limit, Math.min(Math.floor(factor * state.limit), most)),
  };
  // The first round opened connections; the second one shows the throughput of the first limit. On
  // a long line, doubling does not wait for that. A slow server may have its best limit already.
  if (before === undefined) return isServerSlow ? { ...state, before: state.limit } : raised;
  const level = { limit: isCurrent ? state.limit : before, throughput };
  if (best === undefined && isServerSlow)
    return { ...state, before: state.limit, best: level, flat: UNCERTAIN };
  if (best === undefined) return { ...raised, best: level };
  if (flat === UNCERTAIN || throughput >= GROWTH * best.throughput)
    return level.limit >= most ? level : { ...raised, best: level, flat: 0 };
  const next = better(best, level);
  if (flat + 1 >= MAX_FLAT || (hint.weight > CLEAR && hint.slope < 0)) return next;
  return { ...state, before: state.limit, best: next, flat: flat + 1 };
}

function firstFactor(emptyLineMs: number): number {
  return Math.max(FACTOR, Math.min(MAX_FIRST_FACTOR, emptyLineMs / SHORT_LINE_MS));
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

export function descendFrom({ limit, throughput }: Level): Descent {
  return { kind: 'descent', limit, full: throughput, best: undefined, isSettling: true };
}

/** @returns the level below which throughput drops, once that is known */
export function descend(state: Descent, throughput: number, least: number): Descent | Level {
  if (state.isSettling) return { ...state, isSettling: false };
  const level = { limit: state.limit, throughput };
  const { best } = state;
  if (best !== undefined && utility(level) <= utility(best)) return best;
  if (level.limit <= least) return level;
  const limit = Math.max(least, Math.floor(level.limit / 2));
  return { ...state, limit, best: level, isSettling: true };
}
