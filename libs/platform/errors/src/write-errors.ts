import type { CodedErrorOptions } from './coded-error.ts';
import { errorCode } from './describe.ts';

/** The file has reached the size limit of its file system, for instance 4 GB on FAT. */
const TOO_LARGE = 'EFBIG';
/** The disk or a quota is full, or the file is too large. */
const NO_SPACE: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', TOO_LARGE]);
const FATAL: ReadonlySet<string> = new Set([...NO_SPACE, 'EROFS', 'EIO', 'EACCES', 'EPERM']);

/** Whether a write failed for lack of space. @param error as thrown, or its code */
export function isNoSpace(error: unknown): boolean {
  return NO_SPACE.has(codeOf(error));
}

/**
 * Whether a write failed for a reason that would affect every other write.
 *
 * @param error as thrown, or its code
 */
export function isFatalWrite(error: unknown): boolean {
  return FATAL.has(codeOf(error));
}

/**
 * Advice for the user before repeating a run that could not write.
 *
 * @param error as thrown, or its code
 */
export function beforeRunningAgain(error: unknown): string {
  if (codeOf(error) === TOO_LARGE) return 'Use smaller files or another file system';
  return isNoSpace(error) ? 'Free some space' : 'Put that right';
}

/** Advice about a failed write, where the error alone allows any. */
export function writeHint(error: unknown): CodedErrorOptions {
  return isNoSpace(error) ? { hint: `${beforeRunningAgain(error)} and run again` } : {};
}

function codeOf(error: unknown): string {
  return typeof error === 'string' ? error : errorCode(error);
}
