import { mirrorHome } from '@crates-mirror/layout';
import { keyOfFile, RemovalJournal } from '@crates-mirror/removals';

/** Members of a folder's bundles that are no longer handed out (docs/removed.md). */
export class Withdrawn {
  readonly #files: ReadonlySet<string>;
  readonly #paths: ReadonlySet<string>;

  /** @throws the system's error where the folder's journal cannot be read */
  constructor(directory: string) {
    const removals = new RemovalJournal(mirrorHome(directory).removalsFile)
      .removals('done')
      .filter(({ action }) => action === 'withdraw');
    this.#files = new Set(removals.map(keyOfFile));
    this.#paths = new Set(removals.map(({ path }) => path));
  }

  /** @param sha256 where a manifest tells it; of what nobody tells, the path has to do */
  has(path: string, sha256: string | undefined): boolean {
    return sha256 === undefined ? this.#paths.has(path) : this.#files.has(keyOfFile({ path, sha256 }));
  }
}
