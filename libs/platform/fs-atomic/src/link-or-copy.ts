import { closeSync, constants, copyFileSync, fsyncSync, linkSync, openSync, rmSync } from 'node:fs';
import { errorCode } from '@crates-mirror/errors';
import { renameNew } from './rename-new.ts';
import { temporaryName } from './temporary.ts';

/** What file systems answer that cannot link from there, or no more. */
export const CANNOT_LINK: ReadonlySet<string> = new Set([
  'EXDEV',
  'EPERM',
  'EMLINK',
  'ENOTSUP',
  'EOPNOTSUPP',
]);

/**
 * Gives a file one more name, or where the file system cannot, a copy: on disk, under its final name, and never in the place of
 * another file.
 *
 * @param temporaryDirectory on the file system of `to`; its lock is the caller's to hold
 * @throws CodedError when there is something already; else the system's error
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
  // Where the file system can, without writing its bytes again.
  copyFileSync(from, to, constants.COPYFILE_FICLONE);
  const fd = openSync(to, 'r+');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
