/** A piece sent to a worker. */
export interface ToWorker {
  /** Counted from 0, in the order of the pieces. */
  readonly number: number;
  readonly piece: unknown;
}

export interface FromWorker {
  readonly number: number;
  readonly result: unknown;
  /** How long it took. */
  readonly ms: number;
}
