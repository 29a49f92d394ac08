import type { CrateLines, Entry } from '@crates-mirror/crates-index';
import type { ReasonCode } from '@crates-mirror/removals';

/** Why a version is not packed. */
export interface Refused {
  readonly reason: ReasonCode;
  /** For people. */
  readonly why: string;
  /** Whether a receiver that has it keeps it: lock files may refer to a yanked version. */
  readonly mayStay: boolean;
}

/** What a parcel carries. */
export interface PackPolicy {
  /** Index files of the crates that a denylist or a removal names. */
  readonly paths: readonly string[];
  /** Whether it may refuse versions of any crate, so that all index files have to be read. */
  readonly isGeneral: boolean;
  /** The entries of a crate that are not packed. */
  refusalsOf(crate: CrateLines): Promise<ReadonlyMap<Entry, Refused>>;
}
