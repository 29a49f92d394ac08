import { mirrorHome } from '@crates-mirror/layout';
import { keyOfFile, RemovalJournal } from '@crates-mirror/removals';

/** Members of a folder's bundles that are no longer extracted (docs/removed.md). */
export class Withdrawn {
  readonly #files: ReadonlySet<string>;
  readonly #paths: ReadonlySet<string>;

  /** @throws the system's error when the folder's journal cannot be read */
  constructor(directory: string) {
    const removals = new RemovalJournal(mirrorHome(directory).removalsFile)
      .removals('done')
      .filter(({ action }) => action === 'withdraw');
    this.#files = new Set(removals.map(keyOfFile));
    this.#paths = new Set(removals.map(({ path }) => path));
  }

  /** @param sha256 undefined if no manifest contains it; the path must suffice then */
  has(path: string, sha256: string | undefined): boolean {
    return sha256 === undefined ? this.#paths.has(path) : this.#files.has(keyOfFile({ path, sha256 }));
  }
}
