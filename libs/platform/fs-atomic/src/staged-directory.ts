import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { rename } from './rename.ts';
import { partialNameThatFits, remainderOf } from './replace-file.ts';

/**
 * What is between a directory's name and what {@link partialNameThatFits} adds: a directory may be called after a version, and
 * `1.0.0-rc.1.partial` is one. No version and no crate has a `~`.
 */
const STAGED = /~\d+-\d+$/;
let counter = 0;

/**
 * A new directory that appears with all that is in it or not at all. One rename for all of its files and directories:
 * renames are what threads wait for each other with (Linux's `rename_lock`), at twice the cost of creating a file.
 */
export class StagedDirectory {
  /** Where it is until it is complete. */
  readonly at: string;
  readonly #path: string;

  private constructor(path: string, at: string) {
    this.#path = path;
    this.at = at;
  }

  /**
   * Each is one of its own: an empty directory in the final place would be replaced by another thread's, just when something
   * is put into it.
   *
   * @param path its parent is there
   */
  static create(path: string): StagedDirectory {
    counter += 1;
    const at = partialNameThatFits(path, `~${threadId}-${counter}`);
    mkdirSync(at);
    return new StagedDirectory(path, at);
  }

  /** Gives the directory its name; where somebody has made it meanwhile, what is in it goes there one by one. */
  commit(): void {
    moveInto(this.at, this.#path);
  }
}

/** Whether a directory of this name is one that another process has left unfinished. */
export function isStagedRemainder(name: string): boolean {
  return STAGED.test(remainderOf(name) ?? '');
}

function moveInto(from: string, to: string): void {
  try {
    rename(from, to);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    for (const entry of readdirSync(from, { withFileTypes: true })) {
      const move = entry.isDirectory() ? moveInto : rename;
      move(`${from}/${entry.name}`, `${to}/${entry.name}`);
    }
    rmdirSync(from);
  }
}
