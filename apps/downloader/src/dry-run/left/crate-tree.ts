import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorCode } from '@crates-mirror/errors';
import { HOME_DIRECTORY, type Layout } from '@crates-mirror/layout';

/**
 * Crates with index paths of every form, so that their file paths share only what the layout adds
 * to all of them.
 */
const EXAMPLES = [
  { name: 'a', version: '1.0.0', sha256: '0' },
  { name: 'bc', version: '2.1.3', sha256: '1' },
  { name: 'def', version: '3.4.5', sha256: '2' },
  { name: 'ghij', version: '4.5.6', sha256: '3' },
];

/** Distinguishes a layout's crate files from other files in a mirror. */
export interface CrateFileShape {
  /** The common suffix of their names: `.crate` */
  readonly suffix: string;
  /** Number of components of the longest path. */
  readonly depth: number;
}

/** @returns undefined for a layout whose crate files cannot be recognized by name */
export function shapeOf(layout: Layout): CrateFileShape | undefined {
  const paths = EXAMPLES.map((crate) => layout.pathOf(crate));
  const suffix = paths.reduce(commonSuffix);
  if (!suffix.includes('.') || suffix.includes('/')) return undefined;
  return { suffix, depth: Math.max(...paths.map((path) => path.split('/').length)) };
}

function commonSuffix(one: string, other: string): string {
  let length = 0;
  while (length < one.length && one.at(-1 - length) === other.at(-1 - length)) length += 1;
  return length === 0 ? '' : one.slice(-length);
}

/**
 * Yields the crate files of a mirror by directory, as paths below its root. Follows links, as a run
 * does.
 *
 * @throws the system's error when a directory cannot be listed
 */
export async function* crateTree(
  root: string,
  { suffix, depth }: CrateFileShape,
): AsyncGenerator<readonly string[]> {
  const waiting = [{ directory: '', level: 1 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { directory, level } = next;
    const files: string[] = [];
    for (const entry of list(join(root, directory))) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (path === HOME_DIRECTORY) continue;
      const kind = kindOf(entry, join(root, path));
      if (kind === 'file' && entry.name.endsWith(suffix)) files.push(path);
      if (kind === 'directory' && level < depth) waiting.push({ directory: path, level: level + 1 });
    }
    yield files;
    await nextTurn();
  }
}

/** Returns an empty list if the mirror does not exist yet. */
function list(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function kindOf(entry: Dirent, path: string): 'file' | 'directory' | 'other' {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  if (!entry.isSymbolicLink()) return 'other';
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true ? 'file' : stats?.isDirectory() === true ? 'directory' : 'other';
}
