import type { Sample } from './sample.ts';

/**
 * Consecutive samples, until all requests under way have been replaced: what BBR calls a round
 * trip.
 */
export interface Round extends Omit<Sample, 'idleMs' | 'inFlight' | 'capacity' | 'busy' | 'roundTripMs'> {
  /** Requests under way, integrated over time. */
  readonly requestMs: number;
  /** How long the client's threads were busy, on average. */
  readonly busyMs: number;
}

export const EMPTY_ROUND: Round = {
  ms: 0,
  requestMs: 0,
  busyMs: 0,
  completed: 0,
  bytes: 0,
  answers: 0,
  answerMs: 0,
  throttled: 0,
  retryAfterMs: 0,
  failed: 0,
};

export function addToRound(round: Round, sample: Sample): Round {
  return {
    ms: round.ms + sample.ms,
    requestMs: round.requestMs + sample.inFlight * sample.ms,
    busyMs: round.busyMs + sample.busy * sample.ms,
    completed: round.completed + sample.completed,
    bytes: round.bytes + sample.bytes,
    answers: round.answers + sample.answers,
    answerMs: round.answerMs + sample.answerMs,
    throttled: round.throttled + sample.throttled,
    retryAfterMs: Math.max(round.retryAfterMs, sample.retryAfterMs),
    failed: round.failed + sample.failed,
  };
}

/** Requests under way, on average. */
export function inFlightOf({ requestMs, ms }: Round): number {
  return ms === 0 ? 0 : requestMs / ms;
}

/** A client that is busy for this share of the time has no capacity left. */
const BUSY = 0.95;

/** Whether the client's own CPU was the limit. */
export function isClientBusy({ busyMs, ms }: Round): boolean {
  return busyMs >= BUSY * ms;
}

export function endedIn({ completed, throttled, failed }: Round): number {
  return completed + throttled + failed;
}

/** The minimum length of a meaningful round. */
export interface RoundLength {
  readonly shortestMs: number;
  /** The sizes of fewer requests vary too much. */
  readonly fewestEnded: number;
  /** Requests under way when the round began. */
  readonly turnover: number;
  /** Response latency, ms. */
  readonly latencyMs: number;
}

/** Lines that deliver only a few files in this time do not need many requests. */
const MAX_MS = 5000;
/**
 * Some requests hang: a round waits for them no longer than this, or than a multiple of the
 * latency.
 */
const PATIENCE_MS = 1000;
const PATIENCE = 4;

export function isRoundOver(round: Round, length: RoundLength): boolean {
  if (round.ms >= MAX_MS) return true;
  const ended = endedIn(round);
  if (round.ms < length.shortestMs || ended < length.fewestEnded) return false;
  return ended >= length.turnover || round.ms >= Math.max(PATIENCE_MS, PATIENCE * length.latencyMs);
}
