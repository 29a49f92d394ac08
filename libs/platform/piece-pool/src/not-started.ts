import { errorCode, errorMessage, FatalError } from '@crates-mirror/errors';

const NO_FILES = /\bEMFILE\b|too many open files/;
const NO_THREADS = 'ERR_WORKER_INIT_FAILED';

/**
 * A readable reason why the system refuses to start more threads; undefined if a worker ended for
 * another reason.
 */
export function whyNotStarted(error: unknown): FatalError | undefined {
  const message = errorMessage(error);
  const isForFiles = NO_FILES.test(message);
  if (!isForFiles && errorCode(error) !== NO_THREADS) return undefined;
  return new FatalError('no_threads', `cannot start a thread: ${message}`, {
    hint: isForFiles
      ? 'Allow more open files (ulimit -n) and run again'
      : 'Allow more threads (ulimit -u) and run again',
  });
}
