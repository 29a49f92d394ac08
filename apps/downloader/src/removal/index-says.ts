import { type IndexSource, indexPath, parseIndexFile } from '@crates-mirror/crates-index';
import { errorMessage, FatalError } from '@crates-mirror/errors';
import type { Layout } from '@crates-mirror/layout';
import type { Decision, Selection } from '@crates-mirror/selection';

/** What an entry of the index says of the crate file at a path. */
export interface Said {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly decision: Decision;
}

/**
 * What an index file says of its crate files, by their paths. `absent` where the index has no such file. `doubtful` where it has lines
 * that make no sense, or none at all: crates.io removes the file of a crate that has no version, and a power cut may empty one.
 */
export type FileSays = ReadonlyMap<string, Said> | 'absent' | 'doubtful';

/** An index as it was when a run began, and what the selection makes of it. */
export class IndexSays {
  readonly #source: IndexSource;
  readonly #layout: Layout;
  readonly #selection: Selection;

  constructor(source: IndexSource, layout: Layout, selection: Selection) {
    this.#source = source;
    this.#layout = layout;
    this.#selection = selection;
  }

  /** What holds of a version whatever the index says of it; undefined where that decides. */
  denialOf(name: string, version: string): Decision | undefined {
    return this.#selection.denialOf(name, version);
  }

  /** What holds of a version whose file is too large; undefined for any other. */
  refusalBySize(name: string, version: string, size: number): Decision | undefined {
    return this.#selection.refusalBySize(indexPath(name), version, size);
  }

  /** Of a version that the index does not name. */
  ofAbsent(name: string, version: string): Decision {
    return this.#selection.decideAbsent(name, version, false);
  }

  get source(): IndexSource {
    return this.#source;
  }

  /** What the index says of the file at a path, if it says anything. @throws FatalError as {@link ofFile} does */
  ofPath(name: string, path: string): Said | undefined {
    const says = this.ofFile(indexPath(name));
    return typeof says === 'string' ? undefined : says.get(path);
  }

  /** @param file below the index root. @throws FatalError where it cannot be read, or the index is no longer the one that it was */
  ofFile(file: string): FileSays {
    let content: Buffer;
    try {
      content = this.#source.read(file);
    } catch (error) {
      this.checkThere();
      if (this.#source.lacks(file)) return 'absent';
      throw unreadable(`${file} cannot be read: ${errorMessage(error)}`);
    }
    const { entries, problems } = parseIndexFile(content, file);
    if (problems.length > 0 || entries.length === 0) return 'doubtful';
    const decisions = this.#selection.decide({ path: file, content, entries });
    return new Map(
      entries.map(({ name, version, cksum }, i) => {
        const sha256 = cksum;
        const decision = decisions[i] as Decision;
        return [this.#layout.pathOf({ name, version, sha256 }), { name, version, sha256, decision }];
      }),
    );
  }

  /** That a file is not there says something only of the index that the run began with. @throws FatalError */
  checkThere(): void {
    const { directory } = this.#source.location;
    if (!this.#source.isStillThere())
      throw unreadable(`${directory} is no longer the index that this run began with`);
  }
}

/** Why nothing is removed. */
export function unreadable(why: string): FatalError {
  return new FatalError('index_unreadable', `nothing is removed: ${why}`, {
    hint: 'Put that right and run again',
  });
}
