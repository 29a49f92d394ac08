import type { Hint } from './latency.ts';

/** The result of a round that had as many requests as its phase wanted. */
export interface Finding {
  readonly throughput: number;
  readonly hint: Hint;
  /** Whether the client's own CPU was the limit. */
  readonly isBusy: boolean;
}
