import { parseIndexFile } from '@crates-mirror/crates-index/files';
import { hash64 } from '@crates-mirror/hashing/hash64';
import type { Layout } from '@crates-mirror/layout/paths';

/** Collects where the crate files belong that an index names, yanked ones too, as hashes of their paths. */
export class NamedPaths {
  readonly #layout: Layout;
  #words: number[] = [];

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** @param file of the index, below its root */
  add(file: string, bytes: Buffer): void {
    for (const { name, version, cksum } of parseIndexFile(bytes, file).entries)
      this.#words.push(...hash64(this.#layout.pathOf({ name, version, sha256: cksum })));
  }

  /** Those since the last call, two words of each. */
  take(): Uint32Array {
    const words = Uint32Array.from(this.#words);
    this.#words = [];
    return words;
  }
}
