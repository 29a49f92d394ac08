import { closeSync, constants, copyFileSync, fsyncSync, linkSync, openSync, rmSync } from 'node:fs';
import { errorCode } from '@crates-mirror/errors';
import { renameNew } from './rename-new.ts';
import { temporaryName } from './temporary.ts';

/** Error codes of file systems that cannot create a link here, or no further one. */
export const CANNOT_LINK: ReadonlySet<string> = new Set([
  'EXDEV',
  'EPERM',
  'EMLINK',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
]);

/**
 * Links a file to another name, or copies it if the file system cannot link. The result is flushed
 * to disk under its final name, and never replaces another file.
 *
 * @param temporaryDirectory on the file system of `to`; the caller holds its lock
 * @throws CodedError if the target already exists; else the system's error
 */
export function linkOrCopy(from: string, to: string, temporaryDirectory: string): void {
  const temporary = `${temporaryDirectory}/${temporaryName()}`;
  try {
    if (!tryLink(from, temporary)) copy(from, temporary);
    renameNew(temporary, to);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (CANNOT_LINK.has(errorCode(error))) return false;
    throw error;
  }
}

function copy(from: string, to: string): void {
  // Clones the file without rewriting its bytes, if the file system supports it.
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
  const fd = openSync(to, 'r+');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
