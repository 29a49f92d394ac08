import { type IndexSource, indexPath, parseIndexFile } from '@crates-mirror/crates-index';
import { errorMessage, FatalError } from '@crates-mirror/errors';
import type { Layout } from '@crates-mirror/layout';
import type { Decision, Selection } from '@crates-mirror/selection';

/** What an entry of the index states about the crate file at a path. */
export interface Said {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
  readonly decision: Decision;
}

/**
 * What an index file states about its crate files, by path. `absent` if the index has no such file.
 * `doubtful` if it has malformed lines or no lines at all: crates.io deletes the file of a crate
 * without versions, so an empty file may be the result of a power failure.
 */
export type FileSays = ReadonlyMap<string, Said> | 'absent' | 'doubtful';

/** The index as of the start of a run, with the selection applied to it. */
export class IndexSays {
  readonly #source: IndexSource;
  readonly #layout: Layout;
  readonly #selection: Selection;

  constructor(source: IndexSource, layout: Layout, selection: Selection) {
    this.#source = source;
    this.#layout = layout;
    this.#selection = selection;
  }

  /**
   * The decision that applies to a version regardless of the index; undefined if the index decides.
   */
  denialOf(name: string, version: string): Decision | undefined {
    return this.#selection.denialOf(name, version);
  }

  /** The decision for a version whose file is too large; undefined for any other. */
  refusalBySize(name: string, version: string, size: number): Decision | undefined {
    return this.#selection.refusalBySize(indexPath(name), version, size);
  }

  /** The decision for a version that the index does not name. */
  ofAbsent(name: string, version: string): Decision {
    return this.#selection.decideAbsent(name, version, false);
  }

  get source(): IndexSource {
    return this.#source;
  }

  /**
   * What the index states about the file at a path, if anything.
   *
   * @throws FatalError as {@link ofFile} does
   */
  ofPath(name: string, path: string): Said | undefined {
    const says = this.ofFile(indexPath(name));
    return typeof says === 'string' ? undefined : says.get(path);
  }

  /**
   * @param file path below the index root
   * @throws FatalError when it cannot be read, or the index has been replaced
   */
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

  /**
   * The absence of a file is only meaningful if the index is still the one the run began with.
   *
   * @throws FatalError
   */
  checkThere(): void {
    const { directory } = this.#source.location;
    if (!this.#source.isStillThere())
      throw unreadable(`${directory} is no longer the index that this run began with`);
  }
}

/** The error that states why nothing is removed. */
export function unreadable(why: string): FatalError {
  return new FatalError('index_unreadable', `nothing is removed: ${why}`, {
    hint: 'Put that right and run again',
  });
}
