import { errorCode, errorMessage, FatalError } from '@crates-mirror/errors';

/** Going on would meet the same with every file. */
const FATAL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EACCES', 'EPERM']);

/**
 * Runs an operation that writes.
 *
 * @param path of what is written, for messages
 * @throws FatalError where other files would fare no better; else what the operation throws
 */
export function writing<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw FATAL.has(errorCode(error)) ? cannotWrite(path, error) : error;
  }
}

export function cannotWrite(path: string, error: unknown): FatalError {
  const code = errorCode(error);
  const what = code === 'ENOSPC' || code === 'EDQUOT' ? 'Free some space' : 'Put that right';
  return new FatalError(code, `cannot write ${path}: ${errorMessage(error)}`, {
    hint: `${what} and run again: it goes on where it stopped`,
    cause: error,
  });
}
