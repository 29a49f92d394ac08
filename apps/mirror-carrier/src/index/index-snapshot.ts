import type { IndexSource } from '@crates-mirror/crates-index';
import type { IndexState } from '../parcel/manifest.ts';
import type { EntriesBefore } from './entries-before.ts';

/** A file that differs from the previous state. */
export interface ChangedFile {
  /** Relative to the index root, with `/`. */
  readonly path: string;
  /** Its current content, valid until the next file; undefined if the index no longer has it. */
  readonly content: Buffer | undefined;
  /** Its entries in the previous state. */
  readonly before: EntriesBefore;
}

/** The previous state of an index, as recorded with a parcel. */
export interface IndexBefore {
  readonly state: IndexState;
  /** For an index in a directory. */
  readonly stateFile: string;
}

/** An index at one moment. */
export interface IndexSnapshot {
  /**
   * The files that differ from the previous state, in path order.
   *
   * @param before undefined to return all files
   * @throws UsageError if the previous state is no longer known, or the index cannot be read
   */
  changes(before: IndexBefore | undefined): AsyncIterable<ChangedFile>;
  /** The state after {@link changes} has finished. */
  readonly state: IndexState;
  /** The file that records the state; undefined if the id suffices. */
  readonly stateFile: string | undefined;
  /** The index that it is taken of, to look up crates. */
  readonly source: IndexSource;
  /** Paths of all index files, without `config.json`. */
  paths(): Iterable<string>;
  /** A file in the snapshot, valid until the next call; undefined if there is none. */
  read(path: string): Buffer | undefined;
  /**
   * Ensures that later snapshots can be compared with this state.
   *
   * @param name of the parcel's record
   */
  keep(name: string): Promise<void>;
  /** Releases states that are no longer needed for comparison. */
  release(names: readonly string[]): Promise<void>;
}
