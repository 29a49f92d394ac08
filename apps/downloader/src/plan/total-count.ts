import type { IndexSource } from '@crates-mirror/crates-index';
import { parseIndexFile, RegularFile, selectEntries } from '@crates-mirror/crates-index/files';
import { IndexPlan } from '@crates-mirror/crates-index/plan';
import { errorMessage } from '@crates-mirror/errors';
import type { Countable, InputProblem } from './work.ts';

/** Counts crate files as a run finds them. What cannot be used is not among them, and is for the run to report. */
export function countCrateFiles(source: IndexSource, countable: Omit<Countable, 'index'>): number {
  const { includeYanked, limit, files } = countable;
  const plan = new IndexPlan({ source, includeYanked, limit: 0, files, onProblem: () => {} });
  let total = 0;
  for (let piece = plan.next(); piece !== undefined; piece = plan.next()) {
    for (const file of piece.files) total += countOfFile(source, file, includeYanked, () => {});
    if (limit > 0 && total >= limit) return limit;
  }
  return total;
}

/** The crate files that an index file tells of. */
export function countOfFile(
  source: IndexSource,
  file: string,
  includeYanked: boolean,
  onProblem: (problem: InputProblem) => void,
): number {
  try {
    const bytes = source.read(file);
    const regular = RegularFile.scan(bytes, file);
    if (regular !== undefined) return includeYanked ? regular.count : regular.count - regular.yanked;
    const { entries, problems, conflicts } = parseIndexFile(bytes, file);
    for (const problem of [...problems, ...conflicts]) onProblem(problem);
    return selectEntries(entries, includeYanked).length;
  } catch (error) {
    onProblem({ file, line: 0, message: `cannot be read: ${errorMessage(error)}` });
    return 0;
  }
}
