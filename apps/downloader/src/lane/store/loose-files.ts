import { type Stats, statSync } from 'node:fs';
import { makeDirectories } from '@crates-mirror/fs-atomic';
import type { Target } from '../target.ts';
import { loosePaths, parentOf } from './loose-paths.ts';

/** Maximum number of directories to cache; beyond it, the cache is cleared. */
const MAX_DIRECTORIES = 50_000;

/** The locations of the mirror's loose files, and a cache of existing directories. */
export class LooseFiles {
  readonly #pathOf: (path: string) => string;
  readonly #directories = new Map<string, boolean>();

  /** @param root resolved path */
  constructor(root: string) {
    this.#pathOf = loosePaths(root);
  }

  pathOf({ path }: Pick<Target, 'path'>): string {
    return this.#pathOf(path);
  }

  /**
   * Queries a file only if its directory exists. A first run thus queries each directory once
   * instead of every file.
   *
   * @throws the system's error
   */
  stat(path: string): Stats | undefined {
    return this.hasDirectory(parentOf(path)) ? statSync(path, { throwIfNoEntry: false }) : undefined;
  }

  /** Whether a directory exists, as far as this run knows. @throws the system's error */
  hasDirectory(directory: string): boolean {
    let exists = this.#directories.get(directory);
    if (exists === undefined) {
      exists = statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true;
      this.note(directory, exists);
    }
    return exists;
  }

  /** @throws the system's error */
  makeDirectory(directory: string): void {
    if (this.#directories.get(directory) === true) return;
    makeDirectories(directory);
    this.note(directory, true);
  }

  /** Records that a directory was created or removed. */
  note(directory: string, exists: boolean): void {
    if (this.#directories.size >= MAX_DIRECTORIES) this.#directories.clear();
    this.#directories.set(directory, exists);
  }
}
