import { errorMessage } from '@crates-mirror/errors';
import type { IndexProblem } from './index-file.ts';
import { indexPath } from './names.ts';
import { type IndexName, type IndexSource, NOT_REGULAR } from './source/index-source.ts';

/** Some index files of one shard, in path order. */
export interface IndexBatch {
  /** The first directory of the files' paths. */
  readonly shard: string;
  /** Paths below the index root, with `/`. */
  readonly files: readonly string[];
}

const DEEPEST = 8;
const IN_PLACE_OF_FILE = 'a directory where an index file belongs';
/** Default maximum size of a batch, as a multiple of `batchSize`. */
const MAX_FACTOR = 8;

/**
 * Walks an index tree in path order (names sorted bytewise within each directory), holding at most
 * one directory's names for each level. Anything that is not an index file (dot files,
 * `config.json`, a README, files outside the shard directories) is skipped. Paths that cannot be
 * read or are not regular files become problems.
 *
 * @param batchSize number of files in one batch, which is then completed with the rest of its last
 * directory
 * @param most maximum number of files in one batch, including that rest [eight times as many]
 */
export function* walkIndex(
  source: IndexSource,
  batchSize: number,
  onProblem: (problem: IndexProblem) => void,
  most: number = MAX_FACTOR * batchSize,
): Generator<IndexBatch> {
  for (const entry of list(source, '', onProblem)) {
    if (entry.kind !== 'directory') continue;
    let files: string[] = [];
    for (const file of walkFiles(source, entry.name, 1, onProblem)) {
      const isFull = files.length >= batchSize && directoryOf(file) !== directoryOf(files.at(-1) as string);
      if (isFull || files.length >= most) {
        yield { shard: entry.name, files };
        files = [];
      }
      files.push(file);
    }
    if (files.length > 0) yield { shard: entry.name, files };
  }
}

/** Whether a walk would find an index file at this path if it existed. The path is untrusted. */
export function isIndexFilePath(path: string): boolean {
  const parts = path.split('/');
  const isInside = parts.length >= 2 && parts.length <= DEEPEST + 1;
  return isInside && !parts.some((part) => part === '' || isForeign(part) || /[\\\p{Cc}]/u.test(part));
}

/** Like {@link walkIndex}, but only with the listed files. A missing file becomes a problem. */
export function* listedFiles(
  source: IndexSource,
  paths: readonly string[],
  batchSize: number,
  onProblem: (problem: IndexProblem) => void,
): Generator<IndexBatch> {
  let batch: { shard: string; files: string[] } | undefined;
  for (const path of paths) {
    const problem = source.whyUnusable(path);
    if (problem !== undefined) {
      onProblem({ file: path, line: 0, message: problem });
      continue;
    }
    const shard = path.slice(0, path.indexOf('/'));
    if (batch !== undefined && (batch.shard !== shard || batch.files.length >= batchSize)) {
      yield batch;
      batch = undefined;
    }
    batch ??= { shard, files: [] };
    batch.files.push(path);
  }
  if (batch !== undefined) yield batch;
}

function directoryOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/'));
}

function* walkFiles(
  source: IndexSource,
  directory: string,
  depth: number,
  onProblem: (problem: IndexProblem) => void,
): Generator<string> {
  for (const { name, kind } of list(source, directory, onProblem)) {
    const path = `${directory}/${name}`;
    if (kind === 'file') yield path;
    else if (kind === 'other') onProblem({ file: path, line: 0, message: NOT_REGULAR });
    else if (indexPath(name) === path) onProblem({ file: path, line: 0, message: IN_PLACE_OF_FILE });
    else if (depth < DEEPEST) yield* walkFiles(source, path, depth + 1, onProblem);
    else onProblem({ file: path, line: 0, message: 'nested too deep for an index, passed over' });
  }
}

function list(
  source: IndexSource,
  directory: string,
  onProblem: (problem: IndexProblem) => void,
): IndexName[] {
  try {
    return source
      .list(directory)
      .filter(({ name }) => !isForeign(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const message = `cannot be read: ${errorMessage(error)}`;
    const file = directory === '' ? source.location.directory : directory;
    onProblem({ file, line: 0, message, isDirectory: true });
    return [];
  }
}

function isForeign(name: string): boolean {
  return name.startsWith('.') || name === 'config.json' || /^README(\.|$)/i.test(name);
}
