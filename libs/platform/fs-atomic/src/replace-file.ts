import { closeSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';

const OURS = `.${process.pid}.partial`;
const PARTIAL = /\.\d+\.partial$/;

/**
 * Writes a whole small file atomically by way of `PATH.PID.partial` in its own directory. For a caller who is known to be
 * the only one that writes `path`. Without a temporary directory in common, threads do not wait for each other's renames.
 * What a kill leaves is told by {@link remainderOf}.
 */
export function replaceFile(path: string, bytes: Uint8Array): void {
  const partial = partialName(path);
  writeSmallFile(partial, bytes);
  renameSync(partial, path);
}

/** Writes a file that is whole or, where that fails, not there at all. */
export function writeSmallFile(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, 'w');
  try {
    for (let written = 0; written < bytes.length; ) {
      written += writeSync(fd, bytes, written, bytes.length - written);
    }
  } catch (error) {
    // On a full disk a part of it may be there, and a staged directory is given its name with all that is in it.
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** What a file or directory is called until it is complete: `PATH.PID.partial`. */
export function partialName(path: string): string {
  return path + OURS;
}

/** The file or directory whose writing another process left unfinished, if `name` is such a remainder. */
export function remainderOf(name: string): string | undefined {
  return !name.endsWith(OURS) && PARTIAL.test(name) ? name.replace(PARTIAL, '') : undefined;
}
