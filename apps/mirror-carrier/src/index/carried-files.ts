import { type IndexSource, isIndexFilePath, walkIndex } from '@crates-mirror/crates-index';
import { UsageError } from '@crates-mirror/errors';
import { checkMemberPath } from '@crates-mirror/layout/member-path';

export const CONFIG_FILE = 'config.json';
const BATCH = 512;

/** Whether parcels carry the index file at this path, which is untrusted. */
export function isCarriedPath(path: string): boolean {
  if (path === CONFIG_FILE) return true;
  const checked = checkMemberPath(path);
  return isIndexFilePath(path) && 'path' in checked && checked.path === path;
}

/**
 * The files of an index that parcels carry: `config.json`, then the index files in path order.
 *
 * @param onOther called for each entry that is skipped because it is not a regular file
 * @throws UsageError if part of the index cannot be read, because its files must not count as
 * removed
 */
export function* carriedFiles(source: IndexSource, onOther: (message: string) => void): Generator<string> {
  yield CONFIG_FILE;
  let failure: string | undefined;
  const batches = walkIndex(source, BATCH, ({ file, message, isDirectory }) => {
    if (isDirectory === true) failure ??= `${file} ${message}`;
    else onOther(`${file}: ${message}`);
  });
  for (const { files } of batches) {
    if (failure !== undefined) break;
    for (const file of files) if (isCarriedPath(file)) yield file;
  }
  if (failure !== undefined)
    throw new UsageError(`--index-dir: ${failure}`, { hint: 'Put that right: nothing was packed' });
}

/**
 * Compares paths in the order in which an index is walked: by the names at each directory level.
 */
export function compareInWalk(a: string, b: string): number {
  if (a === b) return 0;
  if (a === CONFIG_FILE) return -1;
  if (b === CONFIG_FILE) return 1;
  const [as, bs] = [a.split('/'), b.split('/')];
  for (let i = 0; i < as.length && i < bs.length; i++) {
    const [one = '', other = ''] = [as[i], bs[i]];
    if (one !== other) return one < other ? -1 : 1;
  }
  return as.length - bs.length;
}
