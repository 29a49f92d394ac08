import { CodedError, errorCode, errorMessage } from '@crates-mirror/errors';

/** Error codes of this package and of `@crates-mirror/bundle`. */
const DAMAGE: ReadonlySet<string> = new Set(['damaged', 'bundle_damaged']);

/** System errors for a path that leads to no crate file. Other errors leave this open. */
const ABSENCE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

/** Whether the file is absent, rather than impossible to check now (EIO, ESTALE, EMFILE). */
export function isAbsence(error: unknown): boolean {
  return ABSENCE.has(errorCode(error));
}

/** Whether the bytes read were wrong. Other errors (EIO, ESTALE, no memory) may be transient. */
export function isDamage(error: unknown): boolean {
  return DAMAGE.has(errorCode(error));
}

/** Converts a read error to a `damaged` or `unreadable` one. @param where file or bundle */
export function readError(where: string, error: unknown): CodedError {
  return isDamage(error)
    ? new CodedError('damaged', `${where}: ${errorMessage(error)}`, { cause: error })
    : new CodedError('unreadable', `${where} cannot be read now: ${errorMessage(error)}`, { cause: error });
}
