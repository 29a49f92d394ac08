import type { Round } from './round.ts';

interface Shortest {
  readonly ms: number;
  readonly ageMs: number;
}

/** How long answers take, and took when they were quickest. */
export interface Latency {
  /** ms, in the last round with enough answers */
  readonly now: number | undefined;
  /** The shortest with 1, 2 to 3, 4 to 7… requests under way. */
  readonly shortest: readonly (Shortest | undefined)[];
}

export const NO_LATENCY: Latency = { now: undefined, shortest: [] };

const MIN_ANSWERS = 16;
/** Packets may take another way one day: after this, one that was short is no longer believed in. */
const BELIEVED_MS = 120_000;
/** What is longer by less is the same. */
const SAME = 1.03;
/** Below this, latency is the work of client and server, more of it with more requests, and says nothing of a line. ms */
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

/** The shortest with fewer requests than those of an octave. */
function shortestBelow({ shortest }: Latency, octave: number): number {
  return shortest
    .slice(0, octave)
    .reduce((least, one) => Math.min(least, one?.ms ?? least), Number.POSITIVE_INFINITY);
}

/** What latency tells of whether more requests would bring more. */
export interface Hint {
  /** 1 while the line is not full, 0 when as much waits in queues as is on the line, less with more */
  readonly slope: number;
  /** 0 to 1/2: what it counts for beside throughput */
  readonly weight: number;
}

/**
 * The shortest latency against that of now, as in Netflix's concurrency-limits (Gradient2Limit) and TCP Vegas. It says nothing
 * where none is known with half as many requests: the line may have been full all the time.
 */
export function hintOf(latency: Latency, limit: number): Hint {
  const shortest = shortestBelow(latency, octaveOf(limit));
  if (latency.now === undefined || !Number.isFinite(shortest)) return { slope: 0, weight: 0 };
  return { slope: Math.max(-1, 2 - latency.now / shortest), weight: shortest / (shortest + OWN_MS) / 2 };
}
