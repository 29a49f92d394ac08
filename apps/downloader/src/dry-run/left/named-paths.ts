import { parseIndexFile } from '@crates-mirror/crates-index/files';
import { hash64 } from '@crates-mirror/hashing/hash64';
import type { Layout } from '@crates-mirror/layout/paths';

/** Collects hashes of the paths of all crate files that an index names, including yanked ones. */
export class NamedPaths {
  readonly #layout: Layout;
  #words: number[] = [];

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** @param file path of an index file below the index root */
  add(file: string, bytes: Buffer): void {
    for (const { name, version, cksum } of parseIndexFile(bytes, file).entries)
      this.#words.push(...hash64(this.#layout.pathOf({ name, version, sha256: cksum })));
  }

  /** Returns the paths collected since the last call, two words for each. */
  take(): Uint32Array {
    const words = Uint32Array.from(this.#words);
    this.#words = [];
    return words;
  }
}
