import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { WantedFile } from '@crates-mirror/crate-files';
import { sha256Hex } from '@crates-mirror/hashing/sha256';
import type { Layout } from '@crates-mirror/layout';

/**
 * A symbolic link in the place of a crate file could lead out of the mirror, and reading a pipe
 * would never end.
 */
const SAFELY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The small loose crate files of a mirror, each read and checked in one go. Most files of a mirror
 * are small. Querying the ledger first, and interleaving reads with other work, takes ten times as
 * long as reading them.
 */
export class SmallFiles {
  readonly #root: string;
  readonly #layout: Layout;
  readonly #memory: Buffer;

  /** @param limit maximum bytes of a small file */
  constructor(root: string, layout: Layout, limit: number) {
    this.#root = root;
    this.#layout = layout;
    this.#memory = Buffer.allocUnsafeSlow(limit + 1);
  }

  /**
   * Reads a crate file whose bytes match the index.
   *
   * @returns its content, valid until the next call; undefined for anything else, which
   * `CrateFiles` then examines
   */
  read(wanted: WantedFile): Buffer | undefined {
    const content = this.#readAll(join(this.#root, this.#layout.pathOf(wanted)));
    return content !== undefined && sha256Hex(content) === wanted.sha256 ? content : undefined;
  }

  #readAll(path: string): Buffer | undefined {
    let file: number;
    try {
      file = openSync(path, SAFELY);
    } catch {
      return undefined;
    }
    try {
      if (!fstatSync(file).isFile()) return undefined;
      let size = 0;
      for (;;) {
        const count = readSync(file, this.#memory, size, this.#memory.length - size, null);
        if (count === 0) return this.#memory.subarray(0, size);
        size += count;
        if (size === this.#memory.length) return undefined;
      }
    } catch {
      return undefined;
    } finally {
      closeSync(file);
    }
  }
}
