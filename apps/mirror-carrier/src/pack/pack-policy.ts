import { existsSync } from 'node:fs';
import type { CrateFiles } from '@crates-mirror/crate-files';
import type { Entry, IndexSource } from '@crates-mirror/crates-index';
import { mirrorHome } from '@crates-mirror/layout';
import type { PackOptions } from '../options.ts';
import type { PackPolicy, Refused } from './refusals.ts';

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
  return (await import('./selection-policy.ts')).SelectionPolicy.open(options, source, files, onNote);
}
