import type { IndexSource } from '@crates-mirror/crates-index';
import { FatalError } from '@crates-mirror/errors';

/** An index, as it was when a run began. */
export class IndexRoot {
  readonly source: IndexSource;

  constructor(source: IndexSource) {
    this.source = source;
  }

  /**
   * That a file is not there says something of the index only as long as the index itself is the one it was.
   *
   * @throws FatalError where it is not
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

  /** Whether nothing has this path below the root. A link that leads nowhere is something. @throws FatalError as {@link check} */
  lacks(file: string): boolean {
    this.check();
    return this.source.lacks(file);
  }
}
