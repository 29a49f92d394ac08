import { dirname, sep } from 'node:path';

/**
 * Where a mirror's loose files are, by their paths below its root: that is resolved, and a path is as its layout made it, so there
 * is nothing to normalize.
 */
export function loosePaths(root: string): (path: string) => string {
  const start = root.endsWith(sep) ? root : root + sep;
  return (path) => start + path;
}

/** As dirname, for paths known to be normalized. */
export function parentOf(path: string): string {
  const end = path.lastIndexOf('/');
  return end > 0 ? path.slice(0, end) : dirname(path);
}
