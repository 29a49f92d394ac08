import { type Dir, opendirSync } from 'node:fs';
import { errorCode } from '@crates-mirror/errors';
import { HOME_DIRECTORY } from './home-directory.ts';

/** Whether a mirror is not there yet, or has nothing but its own directory: no loose file, and no directory of any. */
export function hasNoFiles(root: string): boolean {
  let directory: Dir;
  try {
    directory = opendirSync(root);
  } catch (error) {
    // Whatever else is wrong with it shows where its files are looked for.
    return errorCode(error) === 'ENOENT';
  }
  try {
    // It may have millions of files, and two entries tell.
    const entries = [directory.readSync(), directory.readSync()];
    return entries.every((entry) => entry === null || entry.name === HOME_DIRECTORY);
  } finally {
    directory.closeSync();
  }
}
