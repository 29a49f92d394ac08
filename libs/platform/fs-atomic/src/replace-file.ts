import { renameSync, writeFileSync } from 'node:fs';

const OURS = `.${process.pid}.partial`;
const PARTIAL = /\.\d+\.partial$/;

/**
 * Writes a whole small file atomically by way of `PATH.PID.partial` in its own directory. For a caller who is known to be
 * the only one that writes `path`. Without a temporary directory in common, threads do not wait for each other's renames,
 * and a string is written by one call into Node. What a kill leaves is told by {@link remainderOf}.
 */
export function replaceFile(path: string, text: string): void {
  const partial = partialName(path);
  writeFileSync(partial, text);
  renameSync(partial, path);
}

/** What a file or directory is called until it is complete: `PATH.PID.partial`. */
export function partialName(path: string): string {
  return path + OURS;
}

/** The file or directory whose writing another process left unfinished, if `name` is such a remainder. */
export function remainderOf(name: string): string | undefined {
  return !name.endsWith(OURS) && PARTIAL.test(name) ? name.replace(PARTIAL, '') : undefined;
}
