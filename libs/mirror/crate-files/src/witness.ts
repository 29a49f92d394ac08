import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '@crates-mirror/errors';
import { isAbsence, readError } from './read-error.ts';

/**
 * What is there for as long as a tree of files is: in a tree that has gone, a file that is not found may be held all the same.
 * Where a file system was unmounted, the directory that it was on stays.
 */
export class Witness {
  readonly #path: string;

  /** @param name in `root`, of something that is never removed; without it, the root itself has to do */
  constructor(root: string, name: string) {
    const path = join(root, name);
    this.#path = existsSync(path) ? path : root;
  }

  /** @throws CodedError where it has gone, or cannot be looked at now */
  async check(): Promise<void> {
    await stat(this.#path).catch((error: unknown) => {
      throw isAbsence(error)
        ? new CodedError('unreadable', `${this.#path} is not there now`)
        : readError(this.#path, error);
    });
  }
}
