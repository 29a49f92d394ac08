import { beforeRunningAgain, errorCode, errorMessage, FatalError } from '@crates-mirror/errors';

/** A hint on how to fix a system error during writing. */
export function whatToDo(error: unknown): string {
  return `${beforeRunningAgain(error)} and run again`;
}

/** Performs a write to `path`. @throws FatalError with the path, for the system's errors */
export function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new FatalError(errorCode(error), `cannot write ${path}: ${errorMessage(error)}`, {
      hint: whatToDo(error),
      cause: error,
    });
  }
}
