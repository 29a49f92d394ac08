import { UsageError } from '@crates-mirror/errors';
import { readLayout } from './mirror-home.ts';

/**
 * Refuses a directory that no mirror was ever made in: the file system of the one that was may not be mounted now.
 *
 * @param option the option that names it, for messages
 * @throws UsageError
 */
export function requireExisting(root: string, option: string): void {
  if (readLayout(root) !== undefined) return;
  throw new UsageError(`${option}: there is no mirror in ${root}, and --require-existing asks for one`, {
    hint: 'Check whether its file system is mounted; to begin a new mirror, leave --require-existing out',
  });
}
