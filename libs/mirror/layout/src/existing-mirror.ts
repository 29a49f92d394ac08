import { UsageError } from '@crates-mirror/errors';
import { readLayout } from './mirror-home.ts';

/**
 * Rejects a directory in which no mirror was ever made: the file system of the mirror may not be
 * mounted.
 *
 * @param option the option that names the directory, for messages
 * @throws UsageError
 */
export function requireExisting(root: string, option: string): void {
  if (readLayout(root) === undefined) throw notThere('mirror', root, option);
}

/**
 * For commands that only work on a mirror that exists.
 *
 * @throws UsageError
 */
export function requireMirror(root: string, option: string): void {
  if (readLayout(root) !== undefined) return;
  throw new UsageError(`${option}: there is no mirror in ${root}`, {
    hint: 'Check the path, and whether its file system is mounted',
  });
}

/** @param what `mirror`, `site` for an export of mirror-server, or `data set` for Parquet files */
export function notThere(what: 'mirror' | 'site' | 'data set', root: string, option: string): UsageError {
  return new UsageError(`${option}: there is no ${what} in ${root}, and --require-existing asks for one`, {
    hint: `Check whether its file system is mounted; to begin a new ${what}, leave --require-existing out`,
  });
}
