/** How far a run is, at one moment. */
export interface ProgressSnapshot {
  /** Items settled, whatever their outcome. */
  readonly processed: number;
  /** Items there are; undefined while nobody can tell. */
  readonly total: number | undefined;
  /** False while `total` is an estimate. */
  readonly totalIsExact: boolean;
  readonly ok: number;
  readonly errors: number;
  /** undefined where nothing is ever tried again */
  readonly retries: number | undefined;
  /** Bytes received or written; undefined where none ever are */
  readonly bytes: number | undefined;
  /** Bytes there are, where they tell better than the items how long it takes. */
  readonly totalBytes?: number;
  /** An address, or a time of the day, that is waited for, so that nothing is settled just now. */
  readonly waitingFor?: string;
  /** Requests that may be under way at once. */
  readonly concurrency?: number;
  /** Connections at once, where they are few. */
  readonly connectionsLimit?: number | undefined;
  /** Bytes a second at most, where that is limited. */
  readonly bytesLimit?: number;
}

/** How much of it is done, from 0 to 1; undefined while nobody can tell. */
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
