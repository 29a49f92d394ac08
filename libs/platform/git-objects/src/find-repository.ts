import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A git repository found in a directory. */
export interface FoundRepository {
  /**
   * `bare`: the directory is the repository. `no-checkout`: it contains a `.git` directory and
   * nothing else.
   */
  readonly kind: 'bare' | 'no-checkout';
  /** The directory with `objects/` and `HEAD`. */
  readonly gitDirectory: string;
}

/**
 * Recognizes a bare repository, or a clone whose working tree was never checked out, by the
 * directory's entries.
 *
 * @returns undefined for anything else
 * @throws the system's error if the directory cannot be listed
 */
export function findRepository(directory: string): FoundRepository | undefined {
  const names = readdirSync(directory);
  if (isGitDirectory(directory, names)) return { kind: 'bare', gitDirectory: directory };
  const inside = join(directory, '.git');
  if (names.length !== 1 || names[0] !== '.git' || !isDirectory(inside)) return undefined;
  return isGitDirectory(inside, readdirSync(inside))
    ? { kind: 'no-checkout', gitDirectory: inside }
    : undefined;
}

/** git's own test for a repository (setup.c, is_git_directory). */
function isGitDirectory(directory: string, names: readonly string[]): boolean {
  return (
    names.includes('HEAD') &&
    names.includes('refs') &&
    names.includes('objects') &&
    isDirectory(join(directory, 'objects')) &&
    isDirectory(join(directory, 'refs'))
  );
}

function isDirectory(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
