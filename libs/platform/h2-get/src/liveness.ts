/** The action to take after a connection's time check. */
export type Call =
  | 'nothing'
  /** Check whether the server still responds. */
  | 'ask'
  /** The connection has silently died. */
  | 'give_up'
  /** The connection has been idle for long enough. */
  | 'close';

export interface Look {
  /** ms on performance.now()'s clock */
  readonly now: number;
  readonly hasStreams: boolean;
  /** How long a request waits for a byte, ms. */
  readonly idleTimeoutMs: number;
  /** How long a connection may be idle, ms. */
  readonly maxRestMs: number;
}

/**
 * Whether a connection is still usable. One that has silently died would swallow one request after
 * the other: after half the time that a request waits for a byte, the server is pinged, and after
 * the whole time the connection is abandoned.
 */
export class Liveness {
  #hasReceived = false;
  #quietSince = performance.now();
  #restSince: number | undefined;
  #isDoubtful = false;

  /** Whether the server was pinged, and has sent nothing since. */
  get isDoubtful(): boolean {
    return this.#isDoubtful;
  }

  /** Called when data has arrived. @returns whether that resolves a doubt */
  received(): boolean {
    const wasDoubtful = this.#isDoubtful;
    this.#hasReceived = true;
    this.#isDoubtful = false;
    return wasDoubtful;
  }

  /** Must be called periodically. */
  check({ now, hasStreams, idleTimeoutMs, maxRestMs }: Look): Call {
    const isAtRest = !hasStreams && !this.#isDoubtful;
    this.#restSince = isAtRest ? (this.#restSince ?? now) : undefined;
    if (this.#restSince !== undefined && now - this.#restSince >= maxRestMs) return 'close';
    if (this.#hasReceived || isAtRest) {
      this.#hasReceived = false;
      this.#quietSince = now;
      return 'nothing';
    }
    const quiet = now - this.#quietSince;
    if (quiet >= idleTimeoutMs) return 'give_up';
    if (quiet < idleTimeoutMs / 2 || this.#isDoubtful) return 'nothing';
    this.#isDoubtful = true;
    return 'ask';
  }
}
