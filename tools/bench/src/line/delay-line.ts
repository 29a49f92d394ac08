/** Properties of a line, the same in both directions. */
export interface LineSettings {
  /** round trip, ms: half of it each way */
  readonly rttMs: number;
  /** total of all connections, each way, Mbit/s; 0 for no limit */
  readonly rateMbit: number;
}

const BYTES_PER_MS_OF_MBIT = 125;

/**
 * One direction of a line: items wait for their turn at the bottleneck, whose rate all connections
 * share, and arrive a delay later. Items arrive in the order of sending. It has no clock and no
 * timers of its own.
 */
export class DelayLine<Item> {
  #delayMs = 0;
  #bytesPerMs = Number.POSITIVE_INFINITY;
  /** When the bottleneck has passed on everything that was sent. */
  #freeAt = 0;
  #lastDue = 0;
  readonly #waiting: { readonly item: Item; readonly due: number }[] = [];
  /** Index of the first item that has not arrived. */
  #head = 0;

  /** Applies to items sent from now on. */
  set({ rttMs, rateMbit }: LineSettings): void {
    this.#delayMs = rttMs / 2;
    this.#bytesPerMs = rateMbit === 0 ? Number.POSITIVE_INFINITY : rateMbit * BYTES_PER_MS_OF_MBIT;
  }

  /** @param now ms, as everywhere here */
  send(item: Item, bytes: number, now: number): void {
    this.#freeAt = Math.max(this.#freeAt, now) + bytes / this.#bytesPerMs;
    this.#lastDue = Math.max(this.#lastDue, this.#freeAt + this.#delayMs);
    this.#waiting.push({ item, due: this.#lastDue });
  }

  /** How long the bottleneck needs for its waiting items, ms. */
  queueMs(now: number): number {
    return Math.max(0, this.#freeAt - now);
  }

  /** When the next item arrives. */
  get nextDue(): number | undefined {
    return this.#waiting[this.#head]?.due;
  }

  /** The next item, if it has arrived. */
  receive(now: number): Item | undefined {
    const first = this.#waiting[this.#head];
    if (first === undefined || first.due > now) return undefined;
    this.#head += 1;
    // Shifting an array of thousands moves all of its items.
    if (this.#head * 2 > this.#waiting.length) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
    return first.item;
  }
}
