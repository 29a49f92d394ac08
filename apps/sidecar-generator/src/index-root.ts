import { lstatSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, FatalError } from '@crates-mirror/errors';

/** The directory of an index, as it was when a run began. */
export class IndexRoot {
  readonly directory: string;
  readonly #identity: string;

  constructor(directory: string) {
    this.directory = directory;
    this.#identity = identityOf(directory);
  }

  /**
   * That a file is not there says something of the index only as long as the index itself is: it may be unmounted, moved away or
   * swapped for another one.
   *
   * @throws FatalError where it is not what it was
   */
  check(): void {
    const { directory } = this;
    const isThere =
      identityOf(directory) === this.#identity && look(join(directory, 'config.json')) !== undefined;
    if (isThere) return;
    throw new FatalError(
      'index_gone',
      `pruning stopped: ${directory} is no longer the index that this run began with`,
      {
        hint: 'Run again when the index is in place',
      },
    );
  }

  /** Whether nothing has this path below the root. A link that leads nowhere is something. @throws FatalError as {@link check} */
  lacks(file: string): boolean {
    this.check();
    let path = this.directory;
    for (const name of file.split('/')) {
      path = join(path, name);
      const kind = kindOf(path);
      if (kind !== 'directory') return kind === 'nothing';
    }
    return false;
  }
}

/** @returns `other` as well for what cannot be looked at */
function kindOf(path: string): 'nothing' | 'directory' | 'other' {
  try {
    return lstatSync(path).isDirectory() ? 'directory' : 'other';
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? 'nothing' : 'other';
  }
}

/** Tells a directory from another one of the same name. */
function identityOf(directory: string): string {
  const stats = look(directory);
  return stats === undefined ? '' : `${stats.dev}:${stats.ino}`;
}

/** @returns undefined as well where nobody can look */
function look(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
