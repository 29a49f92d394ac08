import { UsageError } from '@crates-mirror/errors';

const MAX_SHARDS = 256;
const FILE = /^shard-(\d+)-of-(\d+)\.lock$/;

/** One of several runs that share the crates of a mirror. */
export interface RunShard {
  /** 1 to `count` */
  readonly number: number;
  readonly count: number;
}

/** @throws UsageError unless it is like `2/4` */
export function parseRunShard(text: string): RunShard {
  const [, number, count] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text)?.map(Number) ?? [];
  if (number !== undefined && count !== undefined && number <= count && count <= MAX_SHARDS)
    return { number, count };
  throw new UsageError(
    `'${text}' is not a shard: the second of four is 2/4, and there are at most ${MAX_SHARDS}`,
  );
}

/** `shard-2-of-4`, for names of files. */
export function shardName({ number, count }: RunShard): string {
  return `shard-${number}-of-${count}`;
}

/** The shard whose lock has this file name; undefined for another file. */
export function shardOfLock(name: string): RunShard | undefined {
  const [, number, count] = FILE.exec(name)?.map(Number) ?? [];
  return number === undefined || count === undefined ? undefined : { number, count };
}

/** Whether two runs may work on a mirror at the same time. @param shard undefined for a run over all */
export function areApart(shard: RunShard | undefined, other: RunShard | undefined): boolean {
  return shard !== undefined && shard.count === other?.count && shard.number !== other.number;
}
