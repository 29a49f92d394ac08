import { CodedError, errorCode, errorMessage } from '@crates-mirror/errors';

/** Error codes of this package and of `@crates-mirror/bundle`. */
const DAMAGE: ReadonlySet<string> = new Set(['damaged', 'bundle_damaged']);

/**
 * System errors that mean that a path does not lead to a crate file. Other errors leave this open.
 */
const ABSENCE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

/**
 * Whether the file is absent, as opposed to one that cannot be checked now (EIO, ESTALE, EMFILE).
 */
export function isAbsence(error: unknown): boolean {
  return ABSENCE.has(errorCode(error));
}

/**
 * Whether bytes were read and found wrong. Other errors (EIO, ESTALE, out of memory) may be
 * transient.
 */
export function isDamage(error: unknown): boolean {
  return DAMAGE.has(errorCode(error));
}

/** Converts a read error to a `damaged` or `unreadable` one. @param where file or bundle */
export function readError(where: string, error: unknown): CodedError {
  return isDamage(error)
    ? new CodedError('damaged', `${where}: ${errorMessage(error)}`, { cause: error })
    : new CodedError('unreadable', `${where} cannot be read now: ${errorMessage(error)}`, { cause: error });
}
