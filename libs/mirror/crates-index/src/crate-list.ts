import { oneLine, UsageError, unreadable } from '@crates-mirror/errors';
import { readLines } from '@crates-mirror/lines';
import type { IndexProblem } from './index-file.ts';
import { indexPath, isCrateName } from './names.ts';
import { isIndexFilePath } from './walk.ts';

const MAX_LINE = 8192;
/** Another file than the one that was meant is not worth a message for each of its lines. */
const MAX_PROBLEMS = 100;
const HINT = 'Write one crate name, or one path below the index root, on each line';

/**
 * Reads a list of crates: one name or index path a line (`serde`, `se/rd/serde`), `#` starts a comment, what follows a tab
 * is passed over.
 *
 * @param option the option that names the file, for messages
 * @param onProblem told of each line that names no crate, by what stands there; the others count all the same
 * @returns index paths, each once, in the order in which an index is walked
 * @throws UsageError when the file cannot be read, or no line of it names a crate
 */
export function readCrateList(
  file: string,
  option: string,
  onProblem: (problem: IndexProblem) => void,
): string[] {
  const paths = new Set<string>();
  const problems: IndexProblem[] = [];
  let unusable = 0;
  try {
    for (const { number, text, isTooLong } of readLines(file, MAX_LINE)) {
      const word = (text.split('\t')[0] as string).trim();
      if (word === '' || word.startsWith('#')) continue;
      const path = isCrateName(word) ? indexPath(word) : word;
      if (!isTooLong && isIndexFilePath(path)) {
        paths.add(path);
        continue;
      }
      unusable += 1;
      if (unusable <= MAX_PROBLEMS)
        problems.push({ file: oneLine(word), line: 0, message: `names no crate, in ${file}:${number}` });
    }
  } catch (error) {
    throw unreadable(option, file, error);
  }
  if (paths.size === 0 && problems[0] !== undefined) throw noList(option, problems[0]);
  for (const problem of problems) onProblem(problem);
  const count = unusable - problems.length;
  if (count > 0) onProblem({ file, line: 0, message: `${count} further lines name no crate either`, count });
  return [...paths].sort(comparePaths);
}

/** Another file than the one that was meant, perhaps. */
function noList(option: string, { file, message }: IndexProblem): UsageError {
  return new UsageError(`${option}: '${file}' ${message}`, { hint: HINT });
}

/** In the order of a walk: names are compared within each directory, a separator sorts before everything else. */
export function comparePaths(a: string, b: string): number {
  const [left, right] = [a.replaceAll('/', '\0'), b.replaceAll('/', '\0')];
  return left < right ? -1 : left > right ? 1 : 0;
}
