import { CodedError, errorCode, errorMessage } from '@crates-mirror/errors';

/** Ours, and that of `@crates-mirror/bundle`. */
const DAMAGE: ReadonlySet<string> = new Set(['damaged', 'bundle_damaged']);

/** What the system answers of a path that leads to no file of ours. Anything else tells nothing of what is there. */
const ABSENCE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

/** Whether there is no such file, as opposed to one that cannot be looked at now (EIO, ESTALE, EMFILE). */
export function isAbsence(error: unknown): boolean {
  return ABSENCE.has(errorCode(error));
}

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
