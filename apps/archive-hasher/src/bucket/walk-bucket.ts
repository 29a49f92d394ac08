import { FatalError } from '@crates-mirror/errors';
import type { ListedObject } from '@crates-mirror/s3';
import { type BytePath, comparePaths } from '../byte-path.ts';
import type { EntryStats, IsLeftOut, Walked } from '../tree/walk.ts';
import { DirectoryFilter } from './directory-filter.ts';
import { pathOfKey } from './key-path.ts';
import { inWalkOrder, type ListedBucket } from './listing-order.ts';

const NANOSECONDS = 1_000_000n;
/** Objects have no mode: a regular file that is no program. */
const MODE = 0o644n;

/** An object of a bucket, at its path below the prefix. */
export interface WalkedObject {
  readonly kind: 'object';
  readonly path: BytePath;
  readonly object: ListedObject;
}

/** An entry of the walk; directories are those that keys imply. */
export type BucketEntry = WalkedObject | Exclude<Walked, { kind: 'file' | 'symlink' }>;

/**
 * Walks the objects below a prefix as `walk` does files. An object whose key is no path is skipped.
 *
 * @throws FatalError if the store cannot be listed completely
 */
export async function* walkBucket(bucket: ListedBucket, isLeftOut: IsLeftOut): AsyncGenerator<BucketEntry> {
  const filter = new DirectoryFilter(isLeftOut);
  // Directories are yielded with the first object in them.
  const pending: BytePath[] = [];
  const enter = (path: BytePath): boolean => {
    const entered = filter.enter(path);
    pending.push(...(entered ?? []));
    return entered !== undefined;
  };
  let last: BytePath = '';
  for await (const object of inWalkOrder(bucket, (directory) => !enter(directory))) {
    const { path, reason } = pathOfKey(object.key);
    if (comparePaths(path, last) <= 0)
      throw new FatalError('bad_listing', `list ${bucket.describe()}: ${object.key} is not in order`);
    last = path;
    if (!enter(path) || isDirectoryMarker(object) || filter.leavesOut(path)) continue;
    for (const directory of pending.splice(0)) yield { kind: 'directory', path: directory, stats: NO_STATS };
    if (reason === undefined) yield { kind: 'object', path, object };
    else yield { kind: 'skipped', path, reason, isUnreadable: false };
  }
}

/** Some clients show a directory by an empty object. */
function isDirectoryMarker({ key, size }: ListedObject): boolean {
  return key.endsWith('/') && size === 0;
}

const NO_STATS: EntryStats = { size: 0n, mtimeNs: 0n, mode: MODE };

/** An object's size, and the time when it was written. */
export function statsOf({ size, modifiedAt = 0 }: ListedObject): EntryStats {
  return { size: BigInt(size), mtimeNs: BigInt(modifiedAt) * NANOSECONDS, mode: MODE };
}
