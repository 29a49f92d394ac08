/** How many connections a client may have at once, wherever they lead. */
export class ConnectionSlots {
  readonly most: number;
  readonly #onWanted: () => void;
  #taken = 0;
  #waiting: (() => void)[] = [];

  /** @param onWanted told whenever somebody has to wait: connections that carry nothing had better be closed */
  constructor(most: number, onWanted: () => void) {
    this.most = most;
    this.#onWanted = onWanted;
  }

  /** How many are waited for. */
  get wanted(): number {
    return this.#waiting.length;
  }

  /** @param onTaken called once, with a slot that has to be released: at once, or when it is its turn */
  take(onTaken: () => void): void {
    if (this.#taken < this.most) {
      this.#taken += 1;
      onTaken();
    } else {
      this.#waiting.push(onTaken);
      this.#onWanted();
    }
  }

  /** A connection has closed. */
  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }

  /** Gives out no more. */
  close(): void {
    this.#waiting = [];
  }
}
