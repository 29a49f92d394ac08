/** What a look at a connection's times calls for. */
export type Call =
  | 'nothing'
  /** Ask the server whether it is still there. */
  | 'ask'
  /** It has silently died. */
  | 'give_up'
  /** It has had nothing to do for long enough. */
  | 'close';

export interface Look {
  /** ms on performance.now()'s clock */
  readonly now: number;
  readonly hasStreams: boolean;
  /** How long a request waits for a byte, ms. */
  readonly idleTimeoutMs: number;
  /** How long a connection may have nothing to do, ms. */
  readonly longestRestMs: number;
}

/**
 * Whether a connection is still of use. One that has silently died would swallow one request after the other: after half
 * of the time that a request waits for a byte the server is asked whether it is still there, and after the whole of it the
 * connection is given up.
 */
export class Liveness {
  #hasReceived = false;
  #quietSince = performance.now();
  #restSince: number | undefined;
  #isDoubtful = false;

  /** Whether the server was asked if it is still there, and has said nothing since. */
  get isDoubtful(): boolean {
    return this.#isDoubtful;
  }

  /** Something has arrived. @returns whether that settles a doubt */
  received(): boolean {
    const wasDoubtful = this.#isDoubtful;
    this.#hasReceived = true;
    this.#isDoubtful = false;
    return wasDoubtful;
  }

  /** To be called every now and then. */
  check({ now, hasStreams, idleTimeoutMs, longestRestMs }: Look): Call {
    const isAtRest = !hasStreams && !this.#isDoubtful;
    this.#restSince = isAtRest ? (this.#restSince ?? now) : undefined;
    if (this.#restSince !== undefined && now - this.#restSince >= longestRestMs) return 'close';
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
