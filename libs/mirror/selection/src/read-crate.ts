import {
  type CrateLines,
  type IndexProblem,
  type IndexSource,
  parseIndexFile,
} from '@crates-mirror/crates-index';
import { errorMessage } from '@crates-mirror/errors';

/** Reads an index file. What it returns holds until the next call. */
export type ReadCrate = (path: string) => CrateLines | undefined;

/**
 * @param onProblem told of what cannot be read; lines that cannot be used are told by who mirrors them
 * @returns reads undefined for what is not there, or cannot be read
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
