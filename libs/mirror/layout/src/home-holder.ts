import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '@crates-mirror/errors';
import { type LockHolder, lockHolder } from '@crates-mirror/fs-atomic';
import { HOME_DIRECTORY } from './home-directory.ts';

/** Of whoever writes crate files (`lock`), and of other tools' runs. */
const LOCK_NAME = /^(.+\.)?lock$/;

/** A run that holds one of a mirror's locks. */
export interface HomeHolder {
  readonly lockFile: string;
  readonly holder: LockHolder;
}

/** Who works on the mirror at `root`, as its locks tell. Nothing is written, so that read-only media can be asked too. */
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
    // No mirror, or one that says nothing to us: whoever reads on meets what is wrong there.
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(errorCode(error))) return [];
    throw error;
  }
}
