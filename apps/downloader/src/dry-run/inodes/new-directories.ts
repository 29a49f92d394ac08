import { HashTable } from '@crates-mirror/hashing/hash-table';
import { hash64 } from '@crates-mirror/hashing/hash64';

/**
 * Collects hashes of the paths of directories that loose crate files need and that do not exist
 * yet.
 */
export class NewDirectories {
  readonly #exists: (directory: string) => boolean;
  /** Directories already reported, so that each thread reports a directory only once. */
  readonly #seen = new HashTable({ valueWords: 0 });
  #last = '';
  #words: number[] = [];

  /** @param exists whether a directory exists at this path below the mirror's root */
  constructor(exists: (directory: string) => boolean) {
    this.#exists = exists;
  }

  /** @param path path of a crate file below the mirror's root */
  add(path: string): void {
    const directory = parent(path);
    // Versions of a crate are consecutive.
    if (directory === this.#last) return;
    this.#last = directory;
    for (let one = directory; one !== ''; one = parent(one)) {
      const [a, b] = hash64(one);
      if (this.#seen.find(a, b) !== -1 || this.#exists(one)) return;
      this.#seen.add(a, b);
      this.#words.push(a, b);
    }
  }

  /** Returns the directories collected since the last call, two words for each. */
  take(): Uint32Array {
    const words = Uint32Array.from(this.#words);
    this.#words = [];
    return words;
  }
}

/** '' is the root. */
function parent(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
