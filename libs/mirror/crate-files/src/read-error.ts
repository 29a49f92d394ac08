import { CodedError, errorCode, errorMessage } from '@crates-mirror/errors';

/** Ours, and that of `@crates-mirror/bundle`. */
const DAMAGE: ReadonlySet<string> = new Set(['damaged', 'bundle_damaged']);

/** Whether bytes were read and found wrong. What else fails (EIO, ESTALE, no memory) may be over when they are read again. */
export function isDamage(error: unknown): boolean {
  return DAMAGE.has(errorCode(error));
}

/** What reading failed with, as `damaged` or `unreadable`. @param where file or bundle */
export function readError(where: string, error: unknown): CodedError {
  return isDamage(error)
    ? new CodedError('damaged', `${where}: ${errorMessage(error)}`, { cause: error })
    : new CodedError('unreadable', `${where} cannot be read now: ${errorMessage(error)}`, { cause: error });
}
