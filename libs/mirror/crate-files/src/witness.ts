import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError } from '@crates-mirror/errors';
import { isAbsence, readError } from './read-error.ts';

/**
 * A path that exists for as long as a tree of files does. If the tree itself is gone, a missing
 * file says nothing about whether it is held. The check needs a path inside the tree because the
 * mount point remains when a file system is unmounted.
 */
export class Witness {
  readonly #path: string;

  /** @param name something in `root` that is never removed; without it, the root itself is used */
  constructor(root: string, name: string) {
    const path = join(root, name);
    this.#path = existsSync(path) ? path : root;
  }

  /** @throws CodedError if it is gone or cannot be checked now */
  async check(): Promise<void> {
    await stat(this.#path).catch((error: unknown) => {
      throw isAbsence(error)
        ? new CodedError('unreadable', `${this.#path} is not there now`)
        : readError(this.#path, error);
    });
  }
}
