import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a directory and those above it; one that is there already is fine. Node's own `recursive` hides the cause when
 * it fails (a read-only file system becomes ENOENT) and never returns below /proc, so this does it step by step.
 */
export function makeDirectories(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && dirname(path) !== path && !exists(dirname(path))) {
      makeDirectories(dirname(path));
      mkdirSync(path);
    } else if (!(code === 'EEXIST' || code === 'EISDIR' || code === 'EROFS') || !isDirectory(path)) {
      throw error;
    }
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
