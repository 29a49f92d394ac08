import { parseIndexFile } from '../index-file.ts';
import { type Countable, IndexPlan } from '../index-plan.ts';
import { RegularFile } from '../regular-file.ts';
import { type SelectEntries, selectEntries } from '../select-entries.ts';
import type { IndexSource } from '../source/index-source.ts';

/**
 * Counts crate files as a run finds them. Unusable ones are left out; the run reports them.
 *
 * @param select selects the entries of an index file that count [everything, or everything not
 * yanked]
 */
export function countCrateFiles(
  source: IndexSource,
  countable: Omit<Countable, 'index'>,
  select?: SelectEntries,
): number {
  const { includeYanked, limit, files } = countable;
  const plan = new IndexPlan({ source, includeYanked, limit: 0, files, onProblem: () => {} });
  let total = 0;
  for (let piece = plan.next(); piece !== undefined; piece = plan.next()) {
    for (const file of piece.files) total += countOfFile(source, file, includeYanked, select);
    if (limit > 0 && total >= limit) return limit;
  }
  return total;
}

function countOfFile(
  source: IndexSource,
  file: string,
  includeYanked: boolean,
  select: SelectEntries | undefined,
): number {
  try {
    const bytes = source.read(file);
    if (select !== undefined)
      return select({ path: file, content: bytes, entries: parseIndexFile(bytes, file).entries }).length;
    const regular = RegularFile.scan(bytes, file);
    if (regular !== undefined) return includeYanked ? regular.count : regular.count - regular.yanked;
    return selectEntries(parseIndexFile(bytes, file).entries, includeYanked).length;
  } catch {
    return 0;
  }
}
