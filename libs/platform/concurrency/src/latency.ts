import type { Round } from './round.ts';

interface Shortest {
  readonly ms: number;
  readonly ageMs: number;
}

/** The current response latency, and the shortest one measured. */
export interface Latency {
  /** ms, in the last round with enough responses */
  readonly now: number | undefined;
  /** The shortest latency with 1, 2 to 3, 4 to 7… requests under way. */
  readonly shortest: readonly (Shortest | undefined)[];
}

export const NO_LATENCY: Latency = { now: undefined, shortest: [] };

const MIN_ANSWERS = 16;
/** Routes change: a short latency older than this is no longer used. */
const BELIEVED_MS = 120_000;
/** Latencies that differ by less count as equal. */
const SAME = 1.03;
/**
 * ms. A latency below this is mostly the work of client and server, which grows with requests and
 * does not measure the line.
 */
const OWN_MS = 5;

export function addLatency(latency: Latency, round: Round, inFlight: number): Latency {
  const shortest = latency.shortest.map((one) => grownOlder(one, round.ms));
  if (round.answers < MIN_ANSWERS || inFlight < 1) return { ...latency, shortest };
  const now = round.answerMs / round.answers;
  const octave = octaveOf(inFlight);
  const known = shortest[octave];
  while (shortest.length < octave) shortest.push(undefined);
  if (known === undefined || now < SAME * known.ms)
    shortest[octave] = { ms: Math.min(now, known?.ms ?? now), ageMs: 0 };
  return { now, shortest };
}

function grownOlder(shortest: Shortest | undefined, ms: number): Shortest | undefined {
  if (shortest === undefined || shortest.ageMs + ms > BELIEVED_MS) return undefined;
  return { ...shortest, ageMs: shortest.ageMs + ms };
}

function octaveOf(requests: number): number {
  return Math.floor(Math.log2(Math.max(1, requests)));
}

/** The shortest latency with fewer requests than those of an octave. */
function shortestBelow({ shortest }: Latency, octave: number): number {
  return shortest
    .slice(0, octave)
    .reduce((least, one) => Math.min(least, one?.ms ?? least), Number.POSITIVE_INFINITY);
}

/** Indicates, from latency, whether more requests would raise throughput. */
export interface Hint {
  /**
   * 1 while the line is not full, 0 when as much waits in queues as is on the line, negative beyond
   * that
   */
  readonly slope: number;
  /** 0 to 1/2: its weight against throughput */
  readonly weight: number;
}

/**
 * Compares the shortest latency with the current one, as Netflix's concurrency-limits
 * (Gradient2Limit) and TCP Vegas do. The hint has no weight if no latency is known with half as
 * many requests: the line may have been full all the time.
 */
export function hintOf(latency: Latency, limit: number): Hint {
  const shortest = shortestBelow(latency, octaveOf(limit));
  if (latency.now === undefined || !Number.isFinite(shortest)) return { slope: 0, weight: 0 };
  return { slope: Math.max(-1, 2 - latency.now / shortest), weight: shortest / (shortest + OWN_MS) / 2 };
}
