import { readGivenFile } from '@crates-mirror/cli/given-file';
import { oneLine, UsageError } from '@crates-mirror/errors';
import type { IndexProblem } from './index-file.ts';
import { indexPath, isCrateName } from './names.ts';
import { isIndexFilePath } from './walk.ts';

const MAX_LINE = 8192;
/** Limits the messages if the wrong file was given. */
const MAX_PROBLEMS = 100;
const HINT = 'Write one crate name, or one path below the index root, on each line';

/**
 * Reads a list of crates: one name or index path a line (`serde`, `se/rd/serde`). `#` starts a
 * comment, and text after a tab is ignored.
 *
 * @param option the option that names the file, for messages
 * @param onProblem called for each line that does not name a crate; the other lines still count
 * @returns index paths without duplicates, in the order in which an index is walked
 * @throws UsageError if the file cannot be read, or none of its lines names a crate
 */
export function readCrateList(
  file: string,
  option: string,
  onProblem: (problem: IndexProblem) => void,
): string[] {
  const paths = new Set<string>();
  const problems: IndexProblem[] = [];
  let unusable = 0;
  for (const [i, line] of readGivenFile(option, file).toString('utf8').split('\n').entries()) {
    const word = (line.split('\t')[0] as string).replace(/(?:^|\s)#.*$/, '').trim();
    if (word === '') continue;
    const path = isCrateName(word) ? indexPath(word) : word;
    if (line.length <= MAX_LINE && isIndexFilePath(path)) {
      paths.add(path);
      continue;
    }
    unusable += 1;
    if (unusable <= MAX_PROBLEMS)
      problems.push({ file: oneLine(word), line: 0, message: `names no crate, in ${file}:${i + 1}` });
  }
  if (paths.size === 0 && problems[0] !== undefined) throw noList(option, problems[0]);
  for (const problem of problems) onProblem(problem);
  const count = unusable - problems.length;
  if (count > 0) onProblem({ file, line: 0, message: `${count} further lines name no crate either`, count });
  return [...paths].sort(comparePaths);
}

/** The file may be the wrong one. */
function noList(option: string, { file, message }: IndexProblem): UsageError {
  return new UsageError(`${option}: '${file}' ${message}`, { hint: HINT });
}

/**
 * Compares in the order of a walk: by names within each directory, with separators before all other
 * characters.
 */
export function comparePaths(a: string, b: string): number {
  const [left, right] = [a.replaceAll('/', '\0'), b.replaceAll('/', '\0')];
  return left < right ? -1 : left > right ? 1 : 0;
}
