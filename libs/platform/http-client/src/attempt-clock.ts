import type { Transport } from '@crates-mirror/h2-get';
import type { TimeLimits } from './request-owner.ts';

/** The end time of a stopped clock. */
const NOT_RUNNING = Number.POSITIVE_INFINITY;

/**
 * Tracks the times of one request: of the attempt since it was sent, and since data last arrived.
 * Neither runs while the request waits to be sent, nor while the client pauses reading from its
 * carrier. Times are ms on performance.now()'s clock.
 */
export class AttemptClock {
  readonly #limits: TimeLimits;
  #transport: Transport | undefined;
  #hasMoved = true;
  #idleSince = 0;
  #sentAt = 0;
  /** The attempt's remaining time when the clock was last stopped. */
  #left: number;
  /** End of the attempt's time, minus the held time of its transport. */
  #end = NOT_RUNNING;

  constructor(limits: TimeLimits) {
    this.#limits = limits;
    this.#left = limits.attemptMs;
  }

  /** Whether the request waits for a stream or a connection, and has not reached the server. */
  get isUnsent(): boolean {
    return this.#end === NOT_RUNNING;
  }

  /** When the request was last sent. */
  get sentAt(): number {
    return this.#sentAt;
  }

  /** Called when the request waits. */
  queued(transport: Transport): void {
    this.leave();
    if (this.#end !== NOT_RUNNING) {
      this.#left = this.#end - performance.now();
      this.#end = NOT_RUNNING;
    }
    this.#transport = transport;
  }

  /** Called when the request has been sent. */
  sent(transport: Transport): void {
    this.leave();
    this.#sentAt = performance.now();
    if (this.#end === NOT_RUNNING) this.#end = this.#sentAt + this.#left;
    this.#end -= transport.heldMs;
    this.#transport = transport;
  }

  /**
   * Called when no transport carries the request. Each transport has a clock of its own, which
   * stops while it is held.
   */
  leave(): void {
    this.#end += this.#transport?.heldMs ?? 0;
    this.#transport = undefined;
    this.#hasMoved = true;
  }

  /** Called when data has arrived. */
  moved(): void {
    this.#hasMoved = true;
  }

  /**
   * Must be called periodically, after the transport has been checked.
   *
   * @returns the time limit that was exceeded
   */
  check(now: number): 'attempt' | 'idle' | undefined {
    if (now - (this.#transport?.heldMs ?? 0) >= this.#end) return 'attempt';
    if (this.#hasMoved) {
      this.#hasMoved = false;
      this.#idleSince = now;
      return undefined;
    }
    const quietSince = Math.max(this.#idleSince, this.#transport?.movedAt ?? 0);
    return now - quietSince >= this.#limits.idleMs ? 'idle' : undefined;
  }
}
