import { CodedError } from '@crates-mirror/errors';

/**
 * The name of an object, a character for each of its bytes: such strings are cut out of a tree without a call into native code for
 * each.
 */
export type ObjectId = string;

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

/** An object of a git repository. */
export interface GitObject {
  readonly type: ObjectType;
  /** Its content, without git's own header. */
  readonly bytes: Buffer;
}

/** An object cannot be read: the repository is damaged, incomplete, or of a form that is not supported. */
export function unreadable(message: string, cause?: unknown): CodedError {
  return new CodedError('unreadable', message, cause === undefined ? {} : { cause });
}

export function idOf(hex: string): ObjectId {
  return Buffer.from(hex, 'hex').toString('latin1');
}

export function hexOf(id: ObjectId): string {
  return Buffer.from(id, 'latin1').toString('hex');
}
