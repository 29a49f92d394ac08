import { type Dir, opendirSync } from 'node:fs';
import { errorCode } from '@crates-mirror/errors';
import { HOME_DIRECTORY } from './home-directory.ts';

/** Whether a mirror does not exist yet or contains only its own directory. */
export function hasNoFiles(root: string): boolean {
  let directory: Dir;
  try {
    directory = opendirSync(root);
  } catch (error) {
    // Other errors are reported when its files are looked up.
    return errorCode(error) === 'ENOENT';
  }
  try {
    // There may be millions of files; two entries suffice.
    const entries = [directory.readSync(), directory.readSync()];
    return entries.every((entry) => entry === null || entry.name === HOME_DIRECTORY);
  } finally {
    directory.closeSync();
  }
}
