import { existsSync } from 'node:fs';
import type { CrateFiles } from '@crates-mirror/crate-files';
import type { CrateLines, Entry, IndexSource } from '@crates-mirror/crates-index';
import { mirrorHome } from '@crates-mirror/layout';
import type { ReasonCode } from '@crates-mirror/removals';
import type { PackOptions } from '../options.ts';

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

const NOTHING: ReadonlyMap<Entry, Refused> = new Map();
const EVERYTHING: PackPolicy = { paths: [], isGeneral: false, refusalsOf: async () => NOTHING };

/**
 * The policy of a run. Most have none, and load no code for it.
 *
 * @throws UsageError if the denylist, or a file that the rules name, cannot be used
 */
export async function openPolicy(
  options: PackOptions,
  source: IndexSource,
  files: CrateFiles,
  onNote: (message: string) => void,
): Promise<PackPolicy> {
  const { deny, rules, mirror, bundlesDir } = options;
  const roots = bundlesDir === undefined ? [mirror] : [mirror, bundlesDir];
  const hasJournal = roots.some((root) => existsSync(mirrorHome(root).removalsFile));
  if (deny === undefined && rules === undefined && !hasJournal) return EVERYTHING;
  return (await import('./policy.ts')).SelectionPolicy.open(options, source, files, onNote);
}
