import type { IndexSource } from '@crates-mirror/crates-index';
import { isInShard } from './crates-of-shard.ts';
import type { RunShard } from './run-shard.ts';

/** An index whose lists have the index files of one shard only. Any file can still be read. */
export function shardOfIndex(index: IndexSource, shard: RunShard): IndexSource {
  return {
    location: index.location,
    list: (directory) =>
      index.list(directory).filter(({ name, kind }) => kind !== 'file' || isInShard(name, shard)),
    read: (path, look) => index.read(path, look),
    stateOf: (path) => index.stateOf(path),
    lacks: (path) => index.lacks(path),
    isStillThere: () => index.isStillThere(),
    whyUnusable: (path) => index.whyUnusable(path),
  };
}

/** Whether the crate of an index file is in a shard. @param path below the index root */
export function isFileInShard(path: string, shard: RunShard): boolean {
  return isInShard(path.slice(path.lastIndexOf('/') + 1), shard);
}
