import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_INDEX_FILE } from '@crates-mirror/crates-index';
import { errorMessage, UsageError } from '@crates-mirror/errors';
import { HOME_DIRECTORY } from '@crates-mirror/layout';
import { checkMemberPath } from '@crates-mirror/layout/member-path';
import { CONFIG_FILE } from '../index/carried-files.ts';

const SUFFIX = '.json';
/** A symbolic link could lead out of the directory, and reading a pipe would never end. */
const SAFELY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** bytes; a sidecar has what a line of the index has */
export const MAX_SIDECAR = MAX_INDEX_FILE;

/** What tells whether a sidecar has changed. */
export interface SidecarTimes {
  /** bytes */
  readonly size: number;
  /** ms since the epoch */
  readonly mtimeMs: number;
}

/** Whether parcels carry the sidecar at this path, which is untrusted. */
export function isSidecarPath(path: string): boolean {
  if (!path.endsWith(SUFFIX) || path === CONFIG_FILE) return false;
  const checked = checkMemberPath(path);
  return 'path' in checked && checked.path === path;
}

/**
 * The paths of the sidecars in a directory, sorted by the names at each level. Links are skipped.
 *
 * @throws UsageError if a part cannot be read, because its files must not count as removed
 */
export function* sidecarPaths(root: string, below = ''): Generator<string> {
  const directory = join(root, below);
  const entries = attempt(directory, () => readdirSync(directory, { withFileTypes: true }));
  for (const entry of entries.sort((a, b) => compareNames(a.name, b.name))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      if (entry.name !== HOME_DIRECTORY) yield* sidecarPaths(root, path);
    } else if (entry.isFile() && isSidecarPath(path)) yield path;
  }
}

/** In the order of {@link sidecarPaths}. */
export function compareSidecars(a: string, b: string): number {
  const [as, bs] = [a.split('/'), b.split('/')];
  for (let i = 0; i < as.length && i < bs.length; i++) {
    const order = compareNames(as[i] ?? '', bs[i] ?? '');
    if (order !== 0) return order;
  }
  return as.length - bs.length;
}

/** @throws UsageError */
export function lookAtSidecar(root: string, path: string): SidecarTimes {
  const { size, mtimeMs } = attempt(path, () => statSync(join(root, path)));
  return { size, mtimeMs };
}

/** @throws UsageError */
export function readSidecar(root: string, path: string): SidecarTimes & { readonly content: Buffer } {
  return attempt(path, () => {
    const file = openSync(join(root, path), SAFELY);
    try {
      const { size, mtimeMs } = fstatSync(file);
      if (size > MAX_SIDECAR) throw new Error(`it has more than ${MAX_SIDECAR} bytes`);
      return { size, mtimeMs, content: readFileSync(file) };
    } finally {
      closeSync(file);
    }
  });
}

function compareNames(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function attempt<T>(path: string, how: () => T): T {
  try {
    return how();
  } catch (error) {
    throw new UsageError(`--sidecars: ${path} cannot be read: ${errorMessage(error)}`, {
      hint: 'Put that right, or run again if sidecars were just being written: nothing was packed',
    });
  }
}
