/** What carries a request: the connection that has its stream or, while it waits for one, the origin. */
export interface Transport {
  /**
   * When something last arrived for any of the requests that it carries, ms on performance.now()'s clock. As long as others
   * are being answered, one that hears nothing may just not have had its turn.
   */
  readonly movedAt: number;
  /** How long the client itself has kept from reading what this carries, ms so far: a time that counts for no time limit. */
  readonly heldMs: number;
}
