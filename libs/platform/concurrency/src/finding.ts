import type { Hint } from './latency.ts';

/** What a round with as many requests as a phase wanted has shown. */
export interface Finding {
  readonly throughput: number;
  readonly hint: Hint;
  /** Whether the client's own CPU was what limited it. */
  readonly isBusy: boolean;
}
