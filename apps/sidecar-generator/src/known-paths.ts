import { join } from 'node:path';
import { parseIndexFile } from '@crates-mirror/crates-index';
import { errorMessage, FatalError } from '@crates-mirror/errors';
import type { Layout } from '@crates-mirror/layout';
import type { IndexRoot } from './index-root.ts';

/**
 * Paths of the crate files that an index has entries of, an index file at a time: sidecars of one crate stand together in most
 * layouts.
 */
export class KnownPaths {
  readonly #index: IndexRoot;
  readonly #layout: Layout;
  #file = '';
  /** undefined where the file cannot be relied on */
  #paths: ReadonlySet<string> | undefined;

  constructor(index: IndexRoot, layout: Layout) {
    this.#index = index;
    this.#layout = layout;
  }

  /**
   * Whether an entry of the index file has this crate path, or may have, since the file has lines that make no sense, or none:
   * upstream removes the file of a crate that has no version, and a power cut may empty one.
   *
   * @throws FatalError where the index cannot be read, or is gone
   */
  has(file: string, cratePath: string): boolean {
    if (file !== this.#file) {
      this.#paths = this.#read(file);
      this.#file = file;
    }
    return this.#paths?.has(cratePath) ?? true;
  }

  #read(file: string): ReadonlySet<string> | undefined {
    const bytes = this.#bytes(file);
    if (bytes === undefined) return new Set();
    const { entries, problems } = parseIndexFile(bytes, file);
    if (problems.length > 0 || entries.length === 0) return undefined;
    return new Set(
      entries.map(({ name, version, cksum }) => this.#layout.pathOf({ name, version, sha256: cksum })),
    );
  }

  /** @returns undefined where the index has no such file */
  #bytes(file: string): Buffer | undefined {
    const { source } = this.#index;
    try {
      return source.read(file);
    } catch (error) {
      if (this.#index.lacks(file)) return undefined;
      throw new FatalError(
        'index_unreadable',
        `pruning stopped: ${join(source.location.directory, file)} cannot be read: ${errorMessage(error)}`,
        {
          hint: 'Put that right and run again',
        },
      );
    }
  }
}
