import { join } from 'node:path';
import { FileReader, parseIndexFile } from '@crates-mirror/crates-index';
import { errorMessage, FatalError } from '@crates-mirror/errors';
import type { IndexRoot } from './index-root.ts';

/** The versions that an index has, a file at a time: sidecars of one crate stand together in most layouts. */
export class KnownVersions {
  readonly #index: IndexRoot;
  readonly #reader = new FileReader();
  #file = '';
  /** undefined where the file cannot be relied on */
  #versions: ReadonlySet<string> | undefined;

  constructor(index: IndexRoot) {
    this.#index = index;
  }

  /** @throws FatalError where the index cannot be read, or is gone */
  has(file: string, version: string): boolean {
    if (file !== this.#file) {
      this.#versions = this.#read(file);
      this.#file = file;
    }
    return this.#versions?.has(version) ?? true;
  }

  #read(file: string): ReadonlySet<string> | undefined {
    const bytes = this.#bytes(file);
    if (bytes === undefined) return new Set();
    const { entries, problems } = parseIndexFile(bytes, file);
    return problems.length > 0 ? undefined : new Set(entries.map(({ version }) => version));
  }

  /** @returns undefined where the index has no such file */
  #bytes(file: string): Buffer | undefined {
    const path = join(this.#index.directory, file);
    try {
      return this.#reader.read(path);
    } catch (error) {
      if (this.#index.lacks(file)) return undefined;
      throw new FatalError(
        'index_unreadable',
        `pruning stopped: ${path} cannot be read: ${errorMessage(error)}`,
        {
          hint: 'Put that right and run again',
        },
      );
    }
  }
}
