import { join } from 'node:path';
import { type CrateLines, type Entry, parseIndexFile } from '@crates-mirror/crates-index';
import { errorMessage, FatalError } from '@crates-mirror/errors';
import type { Layout } from '@crates-mirror/layout';
import type { Selector } from '@crates-mirror/selection/selector';
import type { IndexRoot } from './index-root.ts';

/**
 * Crate file paths of the entries in an index that are selected, or only left out as yanked: lock
 * files may refer to these. Keeps one index file at a time, because most layouts
 * keep the sidecars of a crate together.
 */
export class KnownPaths {
  readonly #index: IndexRoot;
  readonly #layout: Layout;
  readonly #decide: Selector['decide'];
  #file = '';
  /** undefined if the file is unreliable */
  #paths: ReadonlySet<string> | undefined;

  constructor(index: IndexRoot, layout: Layout, { decide }: Pick<Selector, 'decide'>) {
    this.#index = index;
    this.#layout = layout;
    this.#decide = decide;
  }

  /**
   * Whether a wanted entry of the index file has this crate path. Also true if that is uncertain,
   * because the file has malformed lines, or is empty: upstream removes the file of a crate without
   * versions, but a power failure may leave an empty one.
   *
   * @throws FatalError if the index cannot be read, or is gone
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
    const wanted = this.#wanted({ path: file, content: bytes, entries });
    return new Set(
      wanted.map(({ name, version, cksum }) => this.#layout.pathOf({ name, version, sha256: cksum })),
    );
  }

  #wanted(crate: CrateLines): readonly Entry[] {
    const decisions = this.#decide?.(crate);
    if (decisions === undefined) return crate.entries;
    return crate.entries.filter((_, i) => {
      const decision = decisions[i];
      return decision === undefined || decision.isSelected || decision.because.rule === 'yanked';
    });
  }

  /** @returns undefined if the index has no such file */
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
