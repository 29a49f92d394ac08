import { statSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';

/**
 * Maps paths below a mirror's root to locations of loose files. The root is resolved and the layout
 * creates normalized paths, so plain concatenation suffices.
 */
export function loosePaths(root: string): (path: string) => string {
  const from = fromHere(root);
  const start = from.endsWith(sep) ? from : from + sep;
  return (path) => start + path;
}

/**
 * Shortens the path of a directory below the working directory to a relative path. The kernel
 * traverses every directory of each path it receives, and a run passes it one path per file.
 *
 * @param path resolved path
 * @returns the same path if it is not below the working directory, or is not accessible that way (a
 *   different user may have started this process)
 */
export function fromHere(path: string): string {
  try {
    const near = relative(process.cwd(), path) || '.';
    const [here, there] = [statSync(near), statSync(path)];
    return !near.startsWith('..') && here.ino === there.ino && here.dev === there.dev ? near : path;
  } catch {
    return path;
  }
}

/** Like dirname, for paths known to be normalized. */
export function parentOf(path: string): string {
  const end = path.lastIndexOf('/');
  return end > 0 ? path.slice(0, end) : dirname(path);
}
