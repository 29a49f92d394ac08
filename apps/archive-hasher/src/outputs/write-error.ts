import { errorCode, errorMessage, FatalError } from '@crates-mirror/errors';

const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** What to do about an error of the system's on writing. */
export function writeHint(error: unknown): string {
  return NO_ROOM.includes(errorCode(error))
    ? 'Free some space and run again'
    : 'Put that right and run again';
}

/** Does some writing to `path`. @throws FatalError that names it, for the system's errors */
export function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new FatalError(errorCode(error), `cannot write ${path}: ${errorMessage(error)}`, {
      hint: writeHint(error),
      cause: error,
    });
  }
}
