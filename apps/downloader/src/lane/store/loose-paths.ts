import { statSync } from 'node:fs';
import { dirname, relative, sep } from 'node:path';

/**
 * Where a mirror's loose files are, by their paths below its root: that is resolved, and a path is as its layout made it, so there
 * is nothing to normalize.
 */
export function loosePaths(root: string): (path: string) => string {
  const from = fromHere(root);
  const start = from.endsWith(sep) ? from : from + sep;
  return (path) => start + path;
}

/**
 * The path of a directory below the working directory, from there: the kernel goes through each directory of every path that it is
 * given, and a run gives it one for each file.
 *
 * @param path resolved. @returns the same where it is not below, or cannot be reached that way (who started this may be another user)
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

/** As dirname, for paths known to be normalized. */
export function parentOf(path: string): string {
  const end = path.lastIndexOf('/');
  return end > 0 ? path.slice(0, end) : dirname(path);
}
