/** Measurements of all requests of a run within a short time, such as 50 ms. */
export interface Sample {
  /** length of that time */
  readonly ms: number;
  /** Time since the sample before in which nothing was under way, and nothing was measured, ms [0]. */
  readonly idleMs?: number;
  /** Average number of requests under way during that time. */
  readonly inFlight: number;
  /** Requests that ended with the requested content, or with the answer that it does not exist. */
  readonly completed: number;
  /** Body bytes, counted as they arrive. */
  readonly bytes: number;
  /** Response headers that arrived. */
  readonly answers: number;
  /** Sum of their times from request to header; the size of a body does not count. */
  readonly answerMs: number;
  /** Responses that request a lower rate: 429, 503. */
  readonly throttled: number;
  /** The longest Retry-After of these, ms. */
  readonly retryAfterMs: number;
  /** Requests that ended otherwise. */
  readonly failed: number;
  /** Share of the time that the client's own threads were busy: 1 if its CPU is the limit. */
  readonly busy: number;
  /**
   * The shortest round trip of the line so far, without the time that a server takes for an answer,
   * ms; Infinity if unknown.
   */
  readonly roundTripMs: number;
  /**
   * Requests that fit on the connections a client may open; Infinity while no server has set a
   * limit.
   */
  readonly capacity: number;
}
