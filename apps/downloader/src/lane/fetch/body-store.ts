import type { Target } from '../target.ts';
import type { CrateBody } from './crate-body.ts';

/** Where bodies come from, and go if they are not whole. */
export interface BodyStore {
  /** A body for a target's file; what a broken attempt or an earlier run has left of it is its beginning. */
  newBody(target: Target): CrateBody;
  /** Done with a body that is not whole. @param isKept whether the next attempt may go on with it */
  release(target: Target, body: CrateBody, isKept: boolean): void;
}
