/** The progress of a run at one moment. */
export interface ProgressSnapshot {
  /** Items completed, whatever their outcome. */
  readonly processed: number;
  /** Total number of items; undefined while it is unknown. */
  readonly total: number | undefined;
  /** False while `total` is an estimate. */
  readonly totalIsExact: boolean;
  readonly ok: number;
  readonly errors: number;
  /** undefined if nothing is ever retried */
  readonly retries: number | undefined;
  /** Bytes received or written; undefined if there are never any */
  readonly bytes: number | undefined;
  /** Total bytes, if they predict the remaining time better than the items. */
  readonly totalBytes?: number;
  /** An address, or a time of day, for which the run is waiting without completing any items. */
  readonly waitingFor?: string;
  /** Limit on concurrent requests. */
  readonly concurrency?: number;
  /** Limit on connections, if it is low. */
  readonly connectionsLimit?: number | undefined;
  /** Limit on bytes per second, if any. */
  readonly bytesLimit?: number;
}

/** The completed share, from 0 to 1; undefined while it is unknown. */
export function fractionDone({
  processed,
  total,
  bytes = 0,
  totalBytes,
}: ProgressSnapshot): number | undefined {
  if (totalBytes !== undefined && totalBytes > 0) return Math.min(1, bytes / totalBytes);
  if (total === undefined) return undefined;
  return total === 0 ? 1 : Math.min(1, processed / total);
}
