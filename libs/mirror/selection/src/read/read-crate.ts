import {
  type CrateLines,
  type IndexProblem,
  type IndexSource,
  parseIndexFile,
} from '@crates-mirror/crates-index';
import { errorMessage } from '@crates-mirror/errors';

/** Reads an index file. The result is valid until the next call. */
export type ReadCrate = (path: string) => CrateLines | undefined;

/**
 * @param onProblem called for files that cannot be read; invalid lines are reported when they are
 * mirrored
 * @returns a reader that returns undefined if the file does not exist or cannot be read
 */
export function crateReader(index: IndexSource, onProblem: (problem: IndexProblem) => void): ReadCrate {
  return (path) => {
    if (index.stateOf(path) === undefined) return undefined;
    try {
      const content = index.read(path);
      return { path, content, entries: parseIndexFile(content, path).entries };
    } catch (error) {
      onProblem({ file: path, line: 0, message: `cannot be read: ${errorMessage(error)}` });
      return undefined;
    }
  };
}
