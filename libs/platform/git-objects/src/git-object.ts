import { CodedError } from '@crates-mirror/errors';

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
