import { beforeRunningAgain, errorCode, errorMessage, FatalError } from '@crates-mirror/errors';

/** What to do about an error of the system's on writing. */
export function whatToDo(error: unknown): string {
  return `${beforeRunningAgain(error)} and run again`;
}

/** Does some writing to `path`. @throws FatalError that names it, for the system's errors */
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
