import { UsageError } from './coded-error.ts';
import { errorCode, errorMessage } from './describe.ts';

interface Reason {
  readonly text: string;
  readonly hint: string;
}

const REASONS: Readonly<Record<string, Reason>> = {
  ENOENT: { text: 'there is no such file or directory', hint: 'Check the path' },
  ENOTDIR: { text: 'a part of its path is not a directory', hint: 'Check the path' },
  EISDIR: { text: 'it is a directory', hint: 'Name a file' },
  EACCES: { text: 'permission is denied', hint: 'Let the user that runs this read it' },
  EPERM: { text: 'the system does not permit it', hint: 'Let the user that runs this read it' },
  ELOOP: { text: 'its symbolic links go in a circle', hint: 'Name what they are to lead to' },
  ENAMETOOLONG: { text: 'the name is too long', hint: 'Check the path' },
  EIO: { text: 'the disk reports an error', hint: 'Check the disk' },
};

/** Why a file cannot be read, in plain words where the system has a code for the reason. */
export function readFailure(error: unknown): string {
  return REASONS[errorCode(error)]?.text ?? errorMessage(error);
}

/**
 * An error for a user-supplied file or directory that cannot be read: the reason in plain words,
 * and advice.
 *
 * @param what the option, like `--list`, or the operand that named it
 * @param hint advice for a missing file; other reasons have their own
 */
export function unreadable(what: string, path: string, error: unknown, hint?: string): UsageError {
  const code = errorCode(error);
  const reason = REASONS[code];
  const isAbsent = reason === undefined || code === 'ENOENT';
  const advice = isAbsent ? (hint ?? reason?.hint) : reason.hint;
  return new UsageError(
    `${what}: cannot read ${path}: ${readFailure(error)}`,
    advice === undefined ? { cause: error } : { hint: advice, cause: error },
  );
}
