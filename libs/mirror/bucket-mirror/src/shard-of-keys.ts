import { parseCratePath } from '@crates-mirror/layout';
import { isInShard } from '@crates-mirror/layout/crates-of-shard';
import { type RunShard, shardName } from '@crates-mirror/layout/run-shard';
import { CRATES, INDEX, MANIFESTS } from './keys.ts';

/**
 * Whether a shard has the crate of an object, or has written it as its manifest.
 *
 * @returns undefined if the key does not tell its crate
 */
export function isKeyInShard(key: string, shard: RunShard): boolean | undefined {
  if (key.startsWith(MANIFESTS)) return key.includes(`.${shardName(shard)}.`);
  const name = key.startsWith(INDEX) ? key.slice(key.lastIndexOf('/') + 1) : crateOf(key);
  return name === undefined || name === 'config.json' ? undefined : isInShard(name, shard);
}

function crateOf(key: string): string | undefined {
  if (!key.startsWith(CRATES)) return undefined;
  // The second key of a version with a `+` has a space in its place.
  return parseCratePath(key.slice(CRATES.length).replaceAll(' ', '+').split('/'))?.name;
}
