import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { forEachOf } from '@crates-mirror/concurrency/for-each-of';
import { errorCode } from '@crates-mirror/errors';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import type { Bucket, ListedObject } from '@crates-mirror/s3';
import { footerLength, stateOf } from './partition-file.ts';
import { partitionCalled } from './partition-name.ts';
import type { StoredPartition } from './partition-uploads.ts';
import type { PartitionState } from './protocol.ts';

const FILE = 'partitions.json';
/** Bytes at the end of a partition that are read first: usually more than its metadata. */
const TAIL = 64 << 10;
const CONCURRENCY = 16;

/**
 * What the partitions in a bucket record of themselves. A local file remembers it by size and ETag;
 * of the others, the ends are read.
 */
export class KnownPartitions {
  readonly #file: string;
  /** undefined for an object that is not an intact partition of this version */
  readonly #partitions = new Map<string, StoredPartition | undefined>();

  /** @param cache directory of the local file. @throws FatalError if the store fails */
  static async learn(bucket: Pick<Bucket, 'pages' | 'getRange'>, cache: string): Promise<KnownPartitions> {
    const known = new KnownPartitions(join(cache, FILE));
    const before = known.#read();
    const unknown: [string, ListedObject][] = [];
    for await (const { objects } of bucket.pages('', '/'))
      for (const object of objects) {
        const name = partitionCalled(object.key);
        if (name === undefined) continue;
        const remembered = before.get(name);
        const isSame = remembered?.size === object.size && remembered.etag === object.etag;
        if (isSame) known.#partitions.set(name, remembered);
        else unknown.push([name, object]);
      }
    await forEachOf(unknown, CONCURRENCY, async ([name, object]) => {
      const state = await readState(bucket, object);
      known.#partitions.set(name, state && { ...state, size: object.size, etag: object.etag });
    });
    return known;
  }

  private constructor(file: string) {
    this.#file = file;
  }

  /** The states of intact partitions, by name. */
  states(): Map<string, PartitionState> {
    const states = new Map<string, PartitionState>();
    for (const [name, stored] of this.#partitions)
      if (stored !== undefined) states.set(name, { rows: stored.rows, content: stored.content });
    return states;
  }

  names(): string[] {
    return [...this.#partitions.keys()];
  }

  set(name: string, stored: StoredPartition): void {
    this.#partitions.set(name, stored);
  }

  delete(name: string): void {
    this.#partitions.delete(name);
  }

  /** Without the file, the next run reads the ends of the partitions. */
  save(): void {
    try {
      writeFileAtomic(this.#file, `${JSON.stringify(Object.fromEntries(this.#partitions))}\n`);
    } catch {
      // It is only a cache.
    }
  }

  #read(): ReadonlyMap<string, StoredPartition> {
    try {
      const value: unknown = JSON.parse(readFileSync(this.#file, 'utf8'));
      return new Map(Object.entries(value ?? {}).filter(isStored));
    } catch {
      // It is only a cache.
      return new Map();
    }
  }
}

function isStored(entry: [string, unknown]): entry is [string, StoredPartition] {
  const { rows, content, size, etag } = (entry[1] ?? {}) as Partial<Record<keyof StoredPartition, unknown>>;
  return typeof content === 'string' && typeof etag === 'string' && [rows, size].every(Number.isSafeInteger);
}

/** @returns undefined if it is not an intact partition of this version, or has been replaced */
async function readState(
  bucket: Pick<Bucket, 'getRange'>,
  { key, size, etag }: ListedObject,
): Promise<PartitionState | undefined> {
  const end = (length: number): Promise<Buffer> => bucket.getRange(key, size - length, size - 1, etag);
  if (size === 0) return undefined;
  try {
    const tail = await end(Math.min(TAIL, size));
    const length = footerLength(tail, size);
    if (length === undefined) return undefined;
    return stateOf(length <= tail.length ? tail.subarray(-length) : await end(length));
  } catch (error) {
    if (errorCode(error) === 'changed' || errorCode(error) === 'gone') return undefined;
    throw error;
  }
}
