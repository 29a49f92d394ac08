import type { GetOutcome } from './outcome.ts';

/** The client's methods that a request uses. */
export interface RequestOwner<Request> {
  send(request: Request): void;
  /** Like `send`, if the server does not support HTTP/2. */
  sendOtherwise(request: Request): void;
  /** Like `send`, over a connection that carries nothing else. */
  sendApart(request: Request): void;
  completed(request: Request, outcome: GetOutcome): void;
  /** Called when a header has arrived. @param ms since its request was sent */
  answered(ms: number): void;
  /** Called when body data has arrived. */
  received(bytes: number): void;
}

/** How long a request may take. */
export interface TimeLimits {
  /** Total time under way, redirects included, without the time waiting to be sent, ms */
  readonly attemptMs: number;
  /** Time without data, for it or for any other request of its transport, ms */
  readonly idleMs: number;
}
