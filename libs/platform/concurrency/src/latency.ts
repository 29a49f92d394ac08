import type { Round } from './round.ts';

interface Shortest {
  /** ms */
  readonly ms: number;
  /** Requests under way when it was measured. */
  readonly inFlight: number;
}

/** How long answers take, and took when they were quickest: when the line was not full, if it ever was not. */
export interface Latency {
  /** ms, in the last round with enough answers */
  readonly now: number | undefined;
  readonly shortest: Shortest | undefined;
  /** The shortest of the later part of the time that `shortest` has lasted, to take its place. */
  readonly next: Shortest | undefined;
  /** How long `shortest` has lasted. */
  readonly ageMs: number;
}

export const NO_LATENCY: Latency = { now: undefined, shortest: undefined, next: undefined, ageMs: 0 };

const FEWEST_ANSWERS = 16;
/** Packets may take another way one day: after this, one that was short is no longer believed in. */
const BELIEVED_MS = 60_000;
/** What is shorter by less is the same. */
const SAME = 0.97;
/** Below this, latency is the work of client and server, more of it with more requests, and says nothing of a line. ms */
const OWN_MS = 5;

export function addLatency(latency: Latency, round: Round, inFlight: number): Latency {
  const ageMs = latency.ageMs + round.ms;
  if (round.answers < FEWEST_ANSWERS) return { ...latency, ageMs };
  const now = round.answerMs / round.answers;
  const one = { ms: now, inFlight };
  if (latency.shortest === undefined || now < SAME * latency.shortest.ms)
    return { now, shortest: one, next: undefined, ageMs: 0 };
  const next = latency.next === undefined || now < latency.next.ms ? one : latency.next;
  if (ageMs > BELIEVED_MS) return { now, shortest: next, next: undefined, ageMs: 0 };
  return { ...latency, now, next: ageMs > BELIEVED_MS / 2 ? next : undefined, ageMs };
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
 * where the shortest was not measured with half as many requests at most: the line may have been full then, too.
 */
export function hintOf({ now, shortest }: Latency, limit: number): Hint {
  if (now === undefined || shortest === undefined || 2 * shortest.inFlight > limit)
    return { slope: 0, weight: 0 };
  return { slope: Math.max(-1, 2 - now / shortest.ms), weight: shortest.ms / (shortest.ms + OWN_MS) / 2 };
}
