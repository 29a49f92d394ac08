import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { rename } from './rename.ts';
import { partialNameThatFits, remainderOf } from './replace-file.ts';

/**
 * Separates a directory's name from the suffix of {@link partialNameThatFits}: a directory may be
 * named after a version, and `1.0.0-rc.1.partial` is one. No version and no crate name contains a
 * `~`.
 */
const STAGED = /~\d+-\d+$/;
let counter = 0;

/**
 * A new directory that appears complete or not at all. It needs one rename for all of its files and
 * directories: threads block each other on renames (Linux's `rename_lock`), which cost twice as
 * much as creating a file.
 */
export class StagedDirectory {
  /** Its path until it is complete. */
  readonly at: string;
  readonly #path: string;

  private constructor(path: string, at: string) {
    this.#path = path;
    this.at = at;
  }

  /**
   * Creates a new directory for each caller: with an empty directory in the final place, another
   * thread's rename could replace it just as a file is put into it.
   *
   * @param path its parent exists
   */
  static create(path: string): StagedDirectory {
    counter += 1;
    const at = partialNameThatFits(path, `~${threadId}-${counter}`);
    mkdirSync(at);
    return new StagedDirectory(path, at);
  }

  /**
   * Renames the directory to its final name; if that exists by then, its entries are moved there
   * one by one.
   */
  commit(): void {
    moveInto(this.at, this.#path);
  }
}

/** Whether a directory of this name was left unfinished by another process. */
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
