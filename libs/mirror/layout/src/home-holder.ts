import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '@crates-mirror/errors';
import { type LockHolder, lockHolder } from '@crates-mirror/fs-atomic';
import { HOME_DIRECTORY } from './home-directory.ts';

/** The lock for writing crate files (`lock`), and those of other tools. */
const LOCK_NAME = /^(.+\.)?lock$/;

/** A run that holds one of a mirror's locks. */
export interface HomeHolder {
  readonly lockFile: string;
  readonly holder: LockHolder;
}

/**
 * Finds a run that holds a lock of the mirror at `root`. Nothing is written, so this works on
 * read-only media.
 */
export function homeHolder(root: string): HomeHolder | undefined {
  const home = join(root, HOME_DIRECTORY);
  for (const name of namesIn(home)) {
    if (!LOCK_NAME.test(name)) continue;
    const lockFile = join(home, name);
    const holder = lockHolder(lockFile);
    if (holder !== undefined) return { lockFile, holder };
  }
  return undefined;
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    // Not a mirror, or not readable. A caller that goes on to read it reports the error.
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(errorCode(error))) return [];
    throw error;
  }
}
