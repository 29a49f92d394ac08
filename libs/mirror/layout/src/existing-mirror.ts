import { UsageError } from '@crates-mirror/errors';
import { readLayout } from './mirror-home.ts';

/**
 * Refuses a directory that no mirror was ever made in: the file system of the one that was may not be mounted now.
 *
 * @param option the option that names it, for messages
 * @throws UsageError
 */
export function requireExisting(root: string, option: string): void {
  if (readLayout(root) === undefined) throw notThere('mirror', root, option);
}

/** @param what `mirror`, `site` for what mirror-server exports, or `data set` for Parquet files */
export function notThere(what: 'mirror' | 'site' | 'data set', root: string, option: string): UsageError {
  return new UsageError(`${option}: there is no ${what} in ${root}, and --require-existing asks for one`, {
    hint: `Check whether its file system is mounted; to begin a new ${what}, leave --require-existing out`,
  });
}
