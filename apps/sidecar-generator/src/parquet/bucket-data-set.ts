import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { WriterLease } from '@crates-mirror/bucket-mirror';
import { UsageError } from '@crates-mirror/errors';
import { acquireLock, isLock, type Lock, makeDirectories } from '@crates-mirror/fs-atomic';
import { sha256Hex } from '@crates-mirror/hashing';
import { notThere } from '@crates-mirror/layout';
import { abortUpload, Bucket, unfinishedUploads, usable } from '@crates-mirror/s3';
import type { PartitionResult } from '../lane/protocol.ts';
import type { DataSetBucket } from '../options.ts';
import { DataSet, type LaneOptions } from './data-set.ts';
import { KnownPartitions } from './known-partitions.ts';
import { isMarked, MARKER, MARKER_TEXT, notOurs, otherVersion } from './marker.ts';
import { partitionFile } from './partition-name.ts';
import { PartitionUploads } from './partition-uploads.ts';
import type { PartitionOptions } from './protocol.ts';

const LOCK = 'data-set.lock';
/** Partitions that are not uploaded yet, in the cache directory. */
const STAGING = 'partitions';
/** Concurrent requests. */
const CONNECTIONS = 16;

interface Parts {
  readonly bucket: Bucket;
  readonly lease: WriterLease;
  readonly lock: Lock;
  readonly staging: string;
  readonly known: KnownPartitions;
}

/**
 * A data set whose partitions are objects. Lanes write them into a local directory; each is uploaded
 * once it is complete, and then removed there.
 */
export class BucketDataSet extends DataSet {
  readonly #parts: Parts;
  readonly #uploads: PartitionUploads;

  /**
   * Locks the data set for this run, and learns the states of its partitions.
   *
   * @param mustExist reject a prefix that is not yet a data set
   * @throws UsageError before anything is written; FatalError if the store fails after that
   */
  static async open(
    { address, s3, cacheDirectory: cache }: DataSetBucket,
    mustExist: boolean,
  ): Promise<BucketDataSet> {
    const bucket = new Bucket({ address, options: s3, environment: process.env, connections: CONNECTIONS });
    let lease: WriterLease | undefined;
    let lock: Lock | undefined;
    try {
      const isNew = !(await usable('--parquet-out', () => isDataSet(bucket)));
      if (isNew && mustExist) throw notThere('data set', bucket.describe(), '--parquet-out');
      makeDirectories(cache);
      lock = takeLock(cache);
      // Left by a killed run: the lock excludes any other run.
      rmSync(join(cache, STAGING), { recursive: true, force: true });
      makeDirectories(join(cache, STAGING));
      lease = await usable('--parquet-out', () => WriterLease.take(bucket));
      if (isNew) await mark(bucket);
      for await (const upload of unfinishedUploads(bucket, '')) await abortUpload(bucket, upload);
      const known = await KnownPartitions.learn(bucket, cache);
      return new BucketDataSet({ bucket, lease, lock, staging: join(cache, STAGING), known });
    } catch (error) {
      await lease?.release();
      lock?.release();
      await bucket.close();
      throw error;
    }
  }

  private constructor(parts: Parts) {
    super(parts.bucket.describe());
    this.#parts = parts;
    const { bucket, lease, staging } = parts;
    this.#uploads = new PartitionUploads(bucket, staging, () => lease.check());
  }

  lanes({ place, hasRaw, level }: LaneOptions): PartitionOptions {
    const { staging, known } = this.#parts;
    return { place, hasRaw, level, directory: staging, known: known.states() };
  }

  override async add(partitions: readonly PartitionResult[]): Promise<void> {
    await super.add(partitions);
    for (const [name, outcome] of partitions)
      if (outcome === 'written')
        await this.#uploads.begin(name, (state) => this.#parts.known.set(name, state));
  }

  override finish(): Promise<void> {
    return this.#uploads.finish();
  }

  async release(): Promise<void> {
    const { bucket, lease, lock, known } = this.#parts;
    await this.#uploads.finish().catch(() => {});
    known.save();
    await lease.release();
    lock.release();
    await bucket.close();
  }

  protected names(): string[] {
    return this.#parts.known.names();
  }

  protected async remove(name: string): Promise<void> {
    const { bucket, lease, known } = this.#parts;
    lease.check();
    await bucket.delete(partitionFile(name));
    known.delete(name);
  }
}

/** @returns whether the prefix is marked. @throws UsageError if it has Parquet files of others */
async function isDataSet(bucket: Bucket): Promise<boolean> {
  const marker = await bucket.get(MARKER);
  if (marker !== undefined) {
    if (!isMarked(marker.body.toString('utf8'))) throw otherVersion(bucket.describe(MARKER));
    return true;
  }
  for await (const { objects } of bucket.pages('', '/')) {
    const found = objects.find(({ key }) => key.endsWith('.parquet'));
    if (found !== undefined) throw notOurs(bucket.describe(), found.key);
  }
  return false;
}

async function mark(bucket: Bucket): Promise<void> {
  const bytes = Buffer.from(MARKER_TEXT);
  const body = { size: bytes.length, sha256: sha256Hex(bytes), pieces: () => [bytes] };
  await bucket.put(MARKER, body, { contentType: 'application/json', cacheControl: 'no-store' });
}

function takeLock(cache: string): Lock {
  const path = join(cache, LOCK);
  const lock = acquireLock(path);
  if (isLock(lock)) return lock;
  const { pid, host, since } = lock;
  throw new UsageError(`--cache-dir: another run (process ${pid} on ${host}, since ${since}) uses ${cache}`, {
    hint: `Wait for it, or remove ${path} if you are sure that it is gone`,
  });
}
