import type { GetOutcome } from './outcome.ts';
import type { Traffic } from './traffic.ts';

/** What a request needs of the client that sends it. */
export interface RequestOwner<Request> {
  send(request: Request): void;
  /** The same, where the server speaks no HTTP/2. */
  sendOtherwise(request: Request): void;
  /** The same, over a connection that carries nothing else. */
  sendApart(request: Request): void;
  settled(request: Request, outcome: GetOutcome): void;
  readonly traffic: Pick<Traffic, 'answered' | 'received'>;
}

/** How long a request may take. */
export interface TimeLimits {
  /** What it is under way altogether, redirects included, without what it waits to be sent, ms */
  readonly attemptMs: number;
  /** Nothing arrives for so long, for it or for another that its carrier carries, ms */
  readonly idleMs: number;
}
