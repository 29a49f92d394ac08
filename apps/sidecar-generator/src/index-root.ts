import type { IndexSource } from '@crates-mirror/crates-index';
import { FatalError } from '@crates-mirror/errors';

/** An index, as it was when a run began. */
export class IndexRoot {
  readonly source: IndexSource;

  constructor(source: IndexSource) {
    this.source = source;
  }

  /**
   * Ensures that the index is still the same. Otherwise a missing file would not mean anything.
   *
   * @throws FatalError if it is not
   */
  check(): void {
    if (this.source.isStillThere()) return;
    throw new FatalError(
      'index_gone',
      `pruning stopped: ${this.source.location.directory} is no longer the index that this run began with`,
      {
        hint: 'Run again when the index is in place',
      },
    );
  }

  /**
   * Whether nothing exists at this path below the root. A dangling link counts as existing.
   *
   * @throws FatalError as {@link check} does
   */
  lacks(file: string): boolean {
    this.check();
    return this.source.lacks(file);
  }
}
