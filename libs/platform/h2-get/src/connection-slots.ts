/** Limits the connections that a client may have at once, to all origins. */
export class ConnectionSlots {
  readonly most: number;
  readonly #onWanted: () => void;
  #taken = 0;
  #waiting: (() => void)[] = [];

  /**
   * @param onWanted called whenever a request for a slot has to wait: idle connections should be
   *   closed
   */
  constructor(most: number, onWanted: () => void) {
    this.most = most;
    this.#onWanted = onWanted;
  }

  /** Number of waiting requests for a slot. */
  get wanted(): number {
    return this.#waiting.length;
  }

  /**
   * @param onTaken called once, with a slot that has to be released: immediately, or when its turn
   *   comes
   */
  take(onTaken: () => void): void {
    if (this.#taken < this.most) {
      this.#taken += 1;
      onTaken();
    } else {
      this.#waiting.push(onTaken);
      this.#onWanted();
    }
  }

  /** Called when a connection has closed. */
  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }

  /** Grants no more slots. */
  close(): void {
    this.#waiting = [];
  }
}
