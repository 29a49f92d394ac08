/** What was measured of all requests of a run together within a short time, 50 ms for instance. */
export interface Sample {
  /** how long that time was */
  readonly ms: number;
  /** Requests under way, on average over that time. */
  readonly inFlight: number;
  /** Requests that ended with what was asked for, or with the word that there is none. */
  readonly completed: number;
  /** Of bodies, counted as they arrive. */
  readonly bytes: number;
  /** Headers that arrived. */
  readonly answers: number;
  /** How long each of these took from its request, in sum: the size of a body has no part in it. */
  readonly answerMs: number;
  /** Answers that ask for fewer requests: 429, 503. */
  readonly throttled: number;
  /** The longest Retry-After among these, ms. */
  readonly retryAfterMs: number;
  /** Requests that ended otherwise. */
  readonly failed: number;
  /** Share of the time that the client's own threads were busy: 1 where its CPU is what limits it. */
  readonly busy: number;
  /** Requests that the connections a client may open can carry; Infinity while no server has set a limit. */
  readonly capacity: number;
}
