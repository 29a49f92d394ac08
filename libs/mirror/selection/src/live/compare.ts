import { type IndexSource, parseIndexFile, walkIndex } from '@crates-mirror/crates-index';
import type { SelectionData } from '../model/data.ts';
import { selectorOf } from '../selector.ts';

/** Index files in one batch of a walk. */
const BATCH = 1000;

/** Versions in the index that only one of two selections has. */
export interface Difference {
  readonly added: number;
  readonly leftBehind: number;
}

/**
 * Compares two selections over the current index. Leaves unreadable files for the run to report.
 */
export async function compareSelections(
  before: SelectionData,
  after: SelectionData,
  index: IndexSource,
): Promise<Difference> {
  const { select: selectBefore } = await selectorOf({ ...before, now: after.now });
  const { select } = await selectorOf(after);
  let [added, leftBehind] = [0, 0];
  for (const { files } of walkIndex(index, BATCH, () => {}))
    for (const path of files) {
      const content = contentOf(index, path);
      if (content === undefined) continue;
      const crate = { path, content, entries: parseIndexFile(content, path).entries };
      const had = new Set(selectBefore(crate));
      const has = new Set(select(crate));
      for (const entry of has) if (!had.has(entry)) added += 1;
      for (const entry of had) if (!has.has(entry)) leftBehind += 1;
    }
  return { added, leftBehind };
}

function contentOf(index: IndexSource, path: string): Buffer | undefined {
  try {
    return index.read(path);
  } catch {
    return undefined;
  }
}
