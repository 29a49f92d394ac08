import type { Entry } from '@crates-mirror/crates-index';
import type { IndexState } from '../parcel/manifest.ts';

/** A file that is another one than it was in the state before. */
export interface ChangedFile {
  /** Below the index root, with `/`. */
  readonly path: string;
  /** What it holds now, until the next one; undefined where the index has it no more. */
  readonly content: Buffer | undefined;
  /** Whether the file had this entry before, with the same checksum. */
  readonly hadEntry: (entry: Pick<Entry, 'version' | 'cksum'>) => boolean;
  /** Whether the file had any entry before. */
  readonly hadEntries: boolean;
}

/** What an index was before, as a parcel remembers it. */
export interface IndexBefore {
  readonly state: IndexState;
  /** Of an index in a directory. */
  readonly stateFile: string;
}

/** An index at one moment. */
export interface IndexSnapshot {
  /**
   * What differs from the state before, in path order.
   *
   * @param before undefined for all there is
   * @throws UsageError where the state before is not known any more, or the index cannot be read
   */
  changes(before: IndexBefore | undefined): AsyncIterable<ChangedFile>;
  /** The state that {@link changes} has come to, at its end. */
  readonly state: IndexState;
  /** The file that remembers it; undefined where the id alone does. */
  readonly stateFile: string | undefined;
  /** A file as the snapshot has it, until the next call; undefined where it has none. */
  read(path: string): Buffer | undefined;
  /** Sees to it that the state can be compared with later. @param name of the parcel's record */
  keep(name: string): Promise<void>;
  /** Lets go of states that nothing is compared with any more. */
  release(names: readonly string[]): Promise<void>;
}
