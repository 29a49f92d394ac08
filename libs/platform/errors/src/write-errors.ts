import type { CodedErrorOptions } from './coded-error.ts';
import { errorCode } from './describe.ts';

/** Of a disk or a quota that is full, or a file as large as its file system lets one be. */
const NO_SPACE: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const FATAL: ReadonlySet<string> = new Set([...NO_SPACE, 'EROFS', 'EIO', 'EACCES', 'EPERM']);

/** Whether a write failed for want of room. @param error as thrown, or its code */
export function isNoSpace(error: unknown): boolean {
  return NO_SPACE.has(codeOf(error));
}

/** Whether a write failed for a reason that every other write would meet as well. @param error as thrown, or its code */
export function isFatalWrite(error: unknown): boolean {
  return FATAL.has(codeOf(error));
}

/** What to do before a run that could not write is run again. @param error as thrown, or its code */
export function beforeRunningAgain(error: unknown): string {
  return isNoSpace(error) ? 'Free some space' : 'Put that right';
}

/** What to do about a write that failed, where that can be said of it alone. */
export function writeHint(error: unknown): CodedErrorOptions {
  return isNoSpace(error) ? { hint: `${beforeRunningAgain(error)} and run again` } : {};
}

function codeOf(error: unknown): string {
  return typeof error === 'string' ? error : errorCode(error);
}
