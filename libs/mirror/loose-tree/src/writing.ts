import { beforeRunningAgain, errorCode, errorMessage, FatalError, isFatalWrite } from '@crates-mirror/errors';

/**
 * Runs an operation that writes.
 *
 * @param path of the written file, for messages
 * @throws FatalError if other files could not be written either; otherwise the operation's error
 */
export function writing<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw isFatalWrite(error) ? cannotWrite(path, error) : error;
  }
}

export function cannotWrite(path: string, error: unknown): FatalError {
  return new FatalError(errorCode(error), `cannot write ${path}: ${errorMessage(error)}`, {
    hint: `${beforeRunningAgain(error)} and run again: it goes on where it stopped`,
    cause: error,
  });
}
