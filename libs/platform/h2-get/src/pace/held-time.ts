/**
 * How long the client has delayed reading because of its own limit, for which no server is to
 * blame. Times are ms on performance.now()'s clock.
 */
export class HeldTime {
  #ms = 0;
  #since: number | undefined;

  get isHeld(): boolean {
    return this.#since !== undefined;
  }

  begin(): void {
    this.#since = performance.now();
  }

  end(): void {
    if (this.#since !== undefined) this.#ms += performance.now() - this.#since;
    this.#since = undefined;
  }

  /** ms, until now */
  get total(): number {
    return this.#since === undefined ? this.#ms : this.#ms + performance.now() - this.#since;
  }
}
