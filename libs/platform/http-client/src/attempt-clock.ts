import type { Transport } from '@crates-mirror/h2-get';
import type { TimeLimits } from './request-owner.ts';

/** The end of a time that stands still. */
const NOT_RUNNING = Number.POSITIVE_INFINITY;

/**
 * Looks after the time of one request: what an attempt takes once it is sent, and how long nothing arrives. Neither runs while
 * the request waits to be sent, nor while the client keeps from reading what carries it. Times are ms on performance.now()'s clock.
 */
export class AttemptClock {
  readonly #limits: TimeLimits;
  #transport: Transport | undefined;
  #hasMoved = true;
  #idleSince = 0;
  #sentAt = 0;
  /** What was left of the attempt's time when it last stood still. */
  #left: number;
  /** When the attempt's time is over, less what its transport was held. */
  #end = NOT_RUNNING;

  constructor(limits: TimeLimits) {
    this.#limits = limits;
    this.#left = limits.attemptMs;
  }

  /** Whether the request waits for a stream or a connection, and the server knows nothing of it. */
  get isUnsent(): boolean {
    return this.#end === NOT_RUNNING;
  }

  /** When the request was last sent. */
  get sentAt(): number {
    return this.#sentAt;
  }

  /** It waits. */
  queued(transport: Transport): void {
    this.leave();
    if (this.#end !== NOT_RUNNING) {
      this.#left = this.#end - performance.now();
      this.#end = NOT_RUNNING;
    }
    this.#transport = transport;
  }

  /** It is on its way. */
  sent(transport: Transport): void {
    this.leave();
    this.#sentAt = performance.now();
    if (this.#end === NOT_RUNNING) this.#end = this.#sentAt + this.#left;
    this.#end -= transport.heldMs;
    this.#transport = transport;
  }

  /** Nothing carries it for now. Each transport has a clock of its own, which stands still while it is held. */
  leave(): void {
    this.#end += this.#transport?.heldMs ?? 0;
    this.#transport = undefined;
    this.#hasMoved = true;
  }

  /** Something has arrived. */
  moved(): void {
    this.#hasMoved = true;
  }

  /** To be called every now and then, after the transport has been looked at. @returns which time is over */
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
