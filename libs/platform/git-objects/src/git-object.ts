import { CodedError } from '@crates-mirror/errors';

/**
 * The name of an object, as a string with one character per byte: such strings can be sliced from a
 * tree without a native call for each.
 */
export type ObjectId = string;

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

/** An object of a git repository. */
export interface GitObject {
  readonly type: ObjectType;
  /** Its content, without git's header. */
  readonly bytes: Buffer;
}

/** An object cannot be read: the repository is damaged, incomplete, or in an unsupported format. */
export function unreadable(message: string, cause?: unknown): CodedError {
  return new CodedError('unreadable', message, cause === undefined ? {} : { cause });
}

export function idOf(hex: string): ObjectId {
  return Buffer.from(hex, 'hex').toString('latin1');
}

export function hexOf(id: ObjectId): string {
  return Buffer.from(id, 'latin1').toString('hex');
}
