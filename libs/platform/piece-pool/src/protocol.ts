/** A piece on its way to a worker. */
export interface ToWorker {
  /** Counted from 0, in the order of the pieces. */
  readonly number: number;
  readonly piece: unknown;
}

export interface FromWorker {
  readonly number: number;
  readonly result: unknown;
  /** What it took. */
  readonly ms: number;
}
