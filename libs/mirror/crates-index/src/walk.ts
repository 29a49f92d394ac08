import { type Dirent, lstatSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, errorMessage, UsageError } from '@crates-mirror/errors';
import type { IndexProblem } from './index-file.ts';

/** Some index files of one shard, in path order. */
export interface IndexBatch {
  /** The first directory of the files' paths. */
  readonly shard: string;
  /** Paths below the index root, with `/`. */
  readonly files: readonly string[];
}

const DEEPEST = 8;
/** Files of a batch, at most, where its caller does not say. */
const MOST_FACTOR = 8;

/** Lists `root`'s top level once, to refuse at the start what cannot be an index. @throws UsageError */
export function openIndex(root: string): void {
  let entries: Dirent[];
  try {
    entries = readdirSync(root, { withFileTypes: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT')
      throw new UsageError(`no index at ${root}: there is no such directory`, { hint: CLONE_HINT });
    if (code === 'ENOTDIR') throw new UsageError(`no index at ${root}: it is a file`, { hint: CLONE_HINT });
    throw new UsageError(`cannot read the index at ${root}: ${errorMessage(error)}`);
  }
  if (!entries.some((entry) => entry.name === 'config.json')) {
    throw new UsageError(`no index at ${root}: it has no config.json`, { hint: CLONE_HINT });
  }
  if (!entries.some((entry) => entry.isDirectory() && !entry.name.startsWith('.'))) {
    throw new UsageError(`no index at ${root}: it holds no crates`, { hint: CLONE_HINT });
  }
}

const CLONE_HINT = 'Name a checkout of https://github.com/rust-lang/crates.io-index';

/**
 * Walks an index tree in path order (names sorted bytewise within each directory), holding no more than one
 * directory's names a level. What is not an index file (dot files, `config.json`, a README, files outside the shard
 * directories) is passed over; what cannot be read or is no regular file becomes a problem.
 *
 * @param batchSize files in one batch; it is filled up with the rest of its directory
 * @param most files in one batch, even so [eight times as many]
 */
export function* walkIndex(
  root: string,
  batchSize: number,
  onProblem: (problem: IndexProblem) => void,
  most: number = MOST_FACTOR * batchSize,
): Generator<IndexBatch> {
  for (const entry of list(root, '', onProblem)) {
    if (!entry.isDirectory()) continue;
    let files: string[] = [];
    for (const file of walkFiles(root, entry.name, 1, onProblem)) {
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

/** Whether a walk would come upon an index file at this path, were there one; the path is untrusted. */
export function isIndexFilePath(path: string): boolean {
  const parts = path.split('/');
  const isInside = parts.length >= 2 && parts.length <= DEEPEST + 1;
  return isInside && !parts.some((part) => part === '' || isForeign(part) || /[\\\p{Cc}]/u.test(part));
}

/** Index files as {@link walkIndex} has them, but only those listed. One that is not there becomes a problem. */
export function* listedFiles(
  root: string,
  paths: readonly string[],
  batchSize: number,
  onProblem: (problem: IndexProblem) => void,
): Generator<IndexBatch> {
  const realRoot = realpathSync(root);
  let batch: { shard: string; files: string[] } | undefined;
  for (const path of paths) {
    const problem = whyUnusable(realRoot, path);
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

/** Links could lead out of the index: a walk follows none. */
function whyUnusable(realRoot: string, path: string): string | undefined {
  const full = join(realRoot, path);
  try {
    const isRegular = lstatSync(full).isFile() && realpathSync(full) === full;
    return isRegular ? undefined : 'not a regular file, passed over';
  } catch (error) {
    const isMissing = ['ENOENT', 'ENOTDIR'].includes(errorCode(error));
    return isMissing ? 'the index has no such file' : `cannot be read: ${errorMessage(error)}`;
  }
}

function directoryOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/'));
}

function* walkFiles(
  root: string,
  directory: string,
  depth: number,
  onProblem: (problem: IndexProblem) => void,
): Generator<string> {
  for (const entry of list(root, directory, onProblem)) {
    const path = `${directory}/${entry.name}`;
    if (entry.isFile()) yield path;
    else if (!entry.isDirectory())
      onProblem({ file: path, line: 0, message: 'not a regular file, passed over' });
    else if (depth < DEEPEST) yield* walkFiles(root, path, depth + 1, onProblem);
    else onProblem({ file: path, line: 0, message: 'nested too deep for an index, passed over' });
  }
}

function list(root: string, directory: string, onProblem: (problem: IndexProblem) => void): Dirent[] {
  try {
    // Not join(), which takes a tenth of the walk.
    return readdirSync(directory === '' ? root : `${root}/${directory}`, { withFileTypes: true })
      .filter((entry) => !isForeign(entry.name))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const message = `cannot be read: ${errorMessage(error)}`;
    onProblem({ file: directory === '' ? root : directory, line: 0, message, isDirectory: true });
    return [];
  }
}

function isForeign(name: string): boolean {
  return name.startsWith('.') || name === 'config.json' || /^README(\.|$)/i.test(name);
}
