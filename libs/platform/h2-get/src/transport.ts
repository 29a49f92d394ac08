/**
 * The carrier of a request: the connection of its stream or, while it waits for one, the origin.
 */
export interface Transport {
  /**
   * When data last arrived for any of the carried requests, ms on performance.now()'s clock. As
   * long as others receive responses, a silent request may just be waiting for its turn.
   */
  readonly movedAt: number;
  /**
   * How long the client itself has paused reading from this carrier, total ms: excluded from all
   * time limits.
   */
  readonly heldMs: number;
}
