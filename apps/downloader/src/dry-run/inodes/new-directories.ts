import { HashTable } from '@crates-mirror/hashing/hash-table';
import { hash64 } from '@crates-mirror/hashing/hash64';

/** Collects the directories that loose crate files would need and that are not there yet, as hashes of their paths. */
export class NewDirectories {
  readonly #exists: (directory: string) => boolean;
  /** Those that were told already, so that each is told once by a thread. */
  readonly #told = new HashTable({ valueWords: 0 });
  #last = '';
  #words: number[] = [];

  /** @param exists whether there is a directory by this path below the mirror's root */
  constructor(exists: (directory: string) => boolean) {
    this.#exists = exists;
  }

  /** @param path of a crate file below the mirror's root */
  add(path: string): void {
    const directory = parent(path);
    // Versions of a crate come one after the other.
    if (directory === this.#last) return;
    this.#last = directory;
    for (let one = directory; one !== ''; one = parent(one)) {
      const [a, b] = hash64(one);
      if (this.#told.find(a, b) !== -1 || this.#exists(one)) return;
      this.#told.add(a, b);
      this.#words.push(a, b);
    }
  }

  /** Those since the last call, two words of each. */
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
