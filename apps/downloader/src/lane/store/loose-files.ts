import { type Stats, statSync } from 'node:fs';
import { makeDirectories } from '@crates-mirror/fs-atomic';
import type { Target } from '../target.ts';
import { loosePaths, parentOf } from './loose-paths.ts';

/** Directories beyond which what is known of them is forgotten. */
const MAX_DIRECTORIES = 50_000;

/** Where the mirror's loose files are, and which directories there are for them. */
export class LooseFiles {
  readonly #pathOf: (path: string) => string;
  readonly #directories = new Map<string, boolean>();

  /** @param root resolved */
  constructor(root: string) {
    this.#pathOf = loosePaths(root);
  }

  pathOf({ path }: Pick<Target, 'path'>): string {
    return this.#pathOf(path);
  }

  /**
   * Asks for a file only where its directory exists: a first run asks for every directory once, not every file.
   *
   * @throws the system's error
   */
  stat(path: string): Stats | undefined {
    return this.hasDirectory(parentOf(path)) ? statSync(path, { throwIfNoEntry: false }) : undefined;
  }

  /** Whether there is a directory, as far as this run knows. @throws the system's error */
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

  /** Takes note that a directory was made or removed. */
  note(directory: string, exists: boolean): void {
    if (this.#directories.size >= MAX_DIRECTORIES) this.#directories.clear();
    this.#directories.set(directory, exists);
  }
}
