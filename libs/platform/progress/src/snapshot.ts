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
  /** Bytes received or written. */
  readonly bytes: number;
}
