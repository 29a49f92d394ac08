import { type IndexSource, walkIndex } from '@crates-mirror/crates-index';
import type { Counted } from '@crates-mirror/crates-index/count';
import { countCrateFiles } from '@crates-mirror/crates-index/count-files';
import { scrubPartOf } from '@crates-mirror/layout';

const FILES_AT_ONCE = 1000;

/**
 * The chosen crates, and the crates that are due for verification whether they were chosen or not.
 */
export type DueCountable = NonNullable<Counted['countable']> & {
  /** The parts of the index that are due. */
  readonly dueParts: ReadonlySet<number>;
};

/** Counts the crate files of both, counting crates that are in both only once. */
export function countWithDue(index: IndexSource, countable: Omit<DueCountable, 'index'>): number {
  const { files: chosen = [], dueParts } = countable;
  const files = new Set(chosen);
  for (const batch of walkIndex(index, FILES_AT_ONCE, () => {}))
    for (const file of batch.files) if (dueParts.has(scrubPartOf(file))) files.add(file);
  return countCrateFiles(index, { ...countable, files: [...files] });
}
