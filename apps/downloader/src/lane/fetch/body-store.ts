import type { Target } from '../target.ts';
import type { CrateBody } from './crate-body.ts';

/** Creates bodies and takes back incomplete ones. */
export interface BodyStore {
  /**
   * Creates the body for a target's file. It begins with what a broken attempt or an earlier run
   * left.
   */
  newBody(target: Target): CrateBody;
  /** Releases an incomplete body. @param isKept whether the next attempt may resume it */
  release(target: Target, body: CrateBody, isKept: boolean): void;
}
