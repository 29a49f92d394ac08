import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from '@crates-mirror/errors';
import { makeDirectories, remainderOf, replaceFile } from '@crates-mirror/fs-atomic';

export const SIDECAR_SUFFIX = '.json';
/** Directories whose names are held in memory: the index goes through them one after the other. */
const MOST_DIRECTORIES = 64;

/** The files of a mirror's tree as one lane writes them. */
export class SidecarTree {
  readonly #root: string;
  /** Names of the files in a directory. */
  readonly #directories = new Map<string, Set<string>>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Whether there is a sidecar at `path`, below the root. */
  has(path: string): boolean {
    const full = join(this.#root, path);
    return this.#names(dirname(full), false)?.has(full.slice(full.lastIndexOf('/') + 1)) === true;
  }

  /** Puts a sidecar in place, unless the same is there. @throws the system's error */
  put(path: string, text: string): 'fresh' | 'changed' | 'unchanged' {
    const full = join(this.#root, path);
    const names = this.#names(dirname(full), true) as Set<string>;
    const name = full.slice(full.lastIndexOf('/') + 1);
    const isThere = names.has(name);
    if (isThere && readFileSync(full, 'utf8') === text) return 'unchanged';
    replaceFile(full, text);
    names.add(name);
    return isThere ? 'changed' : 'fresh';
  }

  /** Lists a directory once, instead of asking for each of its files; removes what a kill left in it. */
  #names(directory: string, isWanted: boolean): Set<string> | undefined {
    const known = this.#directories.get(directory);
    if (known !== undefined) return known;
    const names = new Set<string>();
    try {
      for (const name of readdirSync(directory)) {
        if (remainderOf(name)?.endsWith(SIDECAR_SUFFIX) === true) rmSync(join(directory, name));
        else names.add(name);
      }
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      if (!isWanted) return undefined;
      makeDirectories(directory);
    }
    this.#directories.set(directory, names);
    for (const [oldest] of this.#directories) {
      if (this.#directories.size <= MOST_DIRECTORIES) break;
      this.#directories.delete(oldest);
    }
    return names;
  }
}
