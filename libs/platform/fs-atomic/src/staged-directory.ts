import { mkdirSync, readdirSync, renameSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { partialName, writeSmallFile } from './replace-file.ts';

/**
 * A new directory that appears with all its files or not at all. One rename for all of them: renames are what threads
 * wait for each other with (Linux's `rename_lock`), at twice the cost of creating a file.
 */
export class StagedDirectory {
  readonly #path: string;
  readonly #staging: string;

  private constructor(path: string, staging: string) {
    this.#path = path;
    this.#staging = staging;
  }

  /** @param path its parent is there. @returns undefined when another thread of this process is making the same directory */
  static create(path: string): StagedDirectory | undefined {
    const staging = partialName(path);
    try {
      mkdirSync(staging);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
      throw error;
    }
    return new StagedDirectory(path, staging);
  }

  /** Writes a new file, whole. @param start,end of what it is to have, in `bytes` */
  write(name: string, bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    writeSmallFile(`${this.#staging}/${name}`, bytes, start, end);
  }

  /** Gives the directory its name; where somebody has made it meanwhile, its files go there one by one. */
  commit(): void {
    try {
      renameSync(this.#staging, this.#path);
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      for (const name of readdirSync(this.#staging))
        renameSync(join(this.#staging, name), join(this.#path, name));
      rmdirSync(this.#staging);
    }
  }
}
