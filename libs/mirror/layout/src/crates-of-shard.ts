import { createHash } from 'node:crypto';
import type { RunShard } from './run-shard.ts';

/**
 * Whether a shard has a crate: the first 32 bits of the SHA-256 of its name in lower case, modulo the
 * number of shards, are one less than the shard's number. The same for all versions, tools and runs.
 */
export function isInShard(name: string, { number, count }: RunShard): boolean {
  if (count === 1) return true;
  const digest = createHash('sha256').update(name.toLowerCase()).digest();
  return digest.readUInt32BE() % count === number - 1;
}
