import { errorMessage, UsageError } from '@crates-mirror/errors';
import { readLines } from '@crates-mirror/lines';
import { indexPath, isCrateName } from './names.ts';
import { isIndexFilePath } from './walk.ts';

const LONGEST_LINE = 8192;
const HINT = 'Write one crate name, or one path below the index root, on each line';

/**
 * Reads a list of crates: one name or index path a line (`serde`, `se/rd/serde`), `#` starts a comment, what follows a tab
 * is passed over.
 *
 * @param option the option that names the file, for messages
 * @returns index paths, each once, in the order in which an index is walked
 * @throws UsageError naming the line that is wrong
 */
export function readCrateList(file: string, option: string): string[] {
  const paths = new Set<string>();
  try {
    for (const { number, text, isTooLong } of readLines(file, LONGEST_LINE)) {
      const word = (text.split('\t')[0] as string).trim();
      if (word === '' || word.startsWith('#')) continue;
      const path = isCrateName(word) ? indexPath(word) : word;
      if (isTooLong || !isIndexFilePath(path))
        throw new UsageError(`${option}: ${file}:${number} names no crate: ${word}`, { hint: HINT });
      paths.add(path);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${option}: cannot read ${file}: ${errorMessage(error)}`);
  }
  return [...paths].sort(byPath);
}

/** Names are compared within each directory, as a walk does: a separator sorts before everything else. */
function byPath(a: string, b: string): number {
  const [left, right] = [a.replaceAll('/', '\0'), b.replaceAll('/', '\0')];
  return left < right ? -1 : left > right ? 1 : 0;
}
