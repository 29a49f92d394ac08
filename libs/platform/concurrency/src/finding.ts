import type { Hint } from './latency.ts';

/** The result of a round that had as many requests as its phase wanted. */
export interface Finding {
  readonly throughput: number;
  /**
   * Whether most requests that ended were sent at the limit in force. In a round of one round trip,
   * they were sent before.
   */
  readonly isCurrent: boolean;
  /** Whether requests of a higher limit are still under way. */
  readonly isDraining: boolean;
  /**
   * Whether a response takes so much longer than a round trip that the server is what takes time.
   */
  readonly isServerSlow: boolean;
  /** The round trip of a line on which no request waits for another, ms; 0 if they may wait. */
  readonly emptyLineMs: number;
  readonly hint: Hint;
  /** Whether the client's own CPU was the limit. */
  readonly isBusy: boolean;
}
