import type { GetOutcome } from './outcome.ts';

/** What a request needs of the client that sends it. */
export interface RequestOwner<Request> {
  send(request: Request): void;
  /** The same, where the server speaks no HTTP/2. */
  sendOtherwise(request: Request): void;
  /** The same, over a connection that carries nothing else. */
  sendApart(request: Request): void;
  settled(request: Request, outcome: GetOutcome): void;
  /** A header has arrived. @param ms since its request was sent */
  answered(ms: number): void;
  /** Something of a body has arrived. */
  received(bytes: number): void;
}

/** How long a request may take. */
export interface TimeLimits {
  /** What it is under way altogether, redirects included, without what it waits to be sent, ms */
  readonly attemptMs: number;
  /** Nothing arrives for so long, for it or for another that its transport carries, ms */
  readonly idleMs: number;
}
