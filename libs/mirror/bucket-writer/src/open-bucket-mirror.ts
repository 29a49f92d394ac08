import { statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import {
  BUNDLES,
  type BucketPlace,
  CRATES,
  headersOf,
  INDEX,
  isKeyInShard,
  KnownObjects,
  type LearnDeps,
  learnObjects,
  MANIFESTS,
  MIRROR_MARKER,
  WriterLease,
} from '@crates-mirror/bucket-mirror';
import type { BundleShelf } from '@crates-mirror/bucket-mirror/bundles';
import { putFile } from '@crates-mirror/bucket-mirror/put-file';
import type { Note } from '@crates-mirror/bundle';
import type { FatalError } from '@crates-mirror/errors';
import { makeDirectories } from '@crates-mirror/fs-atomic';
import { sha256File, sha256Hex } from '@crates-mirror/hashing';
import { type Layout, markerText, mirrorHome, notThere } from '@crates-mirror/layout';
import type { RunShard } from '@crates-mirror/layout/run-shard';
import type { Logger } from '@crates-mirror/logging';
import { repairLedger } from '@crates-mirror/manifest/shard-ledger';
import { formatCount } from '@crates-mirror/progress';
import { abortUpload, Bucket, unfinishedUploads, usable } from '@crates-mirror/s3';
import { checkMarker, checkNotBundled } from './bucket-marker.ts';
import type { PublishOptions } from './publish-index.ts';

export type { PublishedIndex } from './publish-index.ts';

/** Parallel requests while the bucket is listed. */
const CONNECTIONS = 64;
/** Objects between two log lines about them. */
const LOG_EVERY = 100_000;

/** A bucket for the requests of a run that holds the lock of its mirror. */
export interface WritableBucket extends Omit<BucketPlace, 'name' | 'publicUrl'> {
  /** Whether the store honours `If-None-Match: *`. */
  readonly isConditional: boolean;
}

/** A mirror in an object store that this process has locked for one run. */
export interface OpenBucketMirror {
  readonly forLanes: WritableBucket;
  /** Whether this run creates the mirror. */
  readonly isNew: boolean;
  /**
   * Opens its bundles for a run that adds to them.
   *
   * @param directory local folder, locked by this run
   * @throws FatalError if the store fails
   */
  openBundles(directory: string): Promise<{ readonly shelf: BundleShelf; readonly catalog: string }>;
  /** @param onLost called once, if another run may be writing */
  watch(onLost: (error: FatalError) => void): void;
  /**
   * Publishes the index, if that is wanted.
   *
   * @throws FatalError if the store fails
   */
  publish(options: Omit<PublishOptions, 'publicUrl'>, signal: AbortSignal): Promise<void>;
  /**
   * Replaces a small object among the tools' own ones.
   *
   * @throws FatalError if the store fails, or another run may be writing
   */
  storeState(key: string, text: string): Promise<void>;
  /**
   * Stores the manifest of this run, if it has records.
   *
   * @throws FatalError if the store fails
   */
  storeManifest(path: string): Promise<void>;
  release(): Promise<void>;
}

export interface OpenOptions {
  /** The option that names the mirror, for messages. */
  readonly option: string;
  /** Local directory for what is known of the store, which may be lost. The caller has locked it. */
  readonly cache: string;
  /** Refuse to create a new mirror. */
  readonly requireExisting: boolean;
  /** Whether this run stores bundles. */
  readonly isBundled: boolean;
  /** The shard of the mirror that this run writes; undefined for all of it. */
  readonly shard: RunShard | undefined;
}

/**
 * Locks a mirror in an object store, aborts the uploads that a killed run has left, and brings what
 * is known of its objects up to date by a listing.
 *
 * @throws UsageError if it is not a mirror of this layout, another run has locked it, or the store
 * denies access
 * @throws FatalError if the store fails after that
 */
export async function openBucketMirror(
  place: BucketPlace,
  layout: Layout,
  { option, cache, requireExisting, isBundled, shard }: OpenOptions,
  logger: Logger,
): Promise<OpenBucketMirror> {
  const { address, s3, name, publicUrl } = place;
  const { objectsDirectory } = mirrorHome(resolve(cache));
  const bucket = new Bucket({ address, options: s3, environment: process.env, connections: CONNECTIONS });
  let lease: WriterLease | undefined;
  const release = async (): Promise<void> => {
    await lease?.release();
    await bucket.close();
  };
  try {
    const isNew = !(await usable(option, () => checkMarker(bucket, layout, option)));
    if (isNew && requireExisting) throw notThere('mirror', name, option);
    if (!isBundled) await usable(option, () => checkNotBundled(bucket, option));
    const taken = await usable(option, () => WriterLease.take(bucket, shard));
    lease = taken;
    if (isNew) await putText(bucket, MIRROR_MARKER, markerText(layout));
    await abortUploads(bucket, shard, logger);
    makeDirectories(objectsDirectory);
    repairLedger(objectsDirectory);
    // An object whose crate is not known may be one of this shard.
    const isOurs = (key: string): boolean => shard === undefined || isKeyInShard(key, shard) !== false;
    const learnt = { bucket, isOurs };
    await learn(learnt, objectsDirectory, CRATES, logger);
    if (publicUrl !== undefined) await learn(learnt, objectsDirectory, INDEX, logger);
    return {
      forLanes: { address, s3, isConditional: taken.isConditional },
      isNew,
      openBundles: async (directory) => {
        const { BundleShelf, CATALOG } = await import('@crates-mirror/bucket-mirror/bundles');
        const { isConditional } = taken;
        const onNote: Note = (level, message) => logger[level](message);
        const check = (): void => taken.check();
        const shelf = await BundleShelf.open({
          bucket,
          directory,
          objectsDirectory,
          isConditional,
          check,
          onNote,
        });
        return { shelf, catalog: bucket.describe(CATALOG) };
      },
      watch: taken.watch.bind(taken),
      publish: async (options, signal) => {
        if (publicUrl === undefined) return;
        const { publishIndex } = await import('./publish-index.ts');
        const check = (): void => taken.check();
        await publishIndex({ ...options, publicUrl }, { bucket, objectsDirectory, check, signal }, logger);
      },
      storeState: async (key, text) => {
        taken.check();
        await putText(bucket, key, text);
      },
      storeManifest: async (path) => {
        const { size } = statSync(path);
        if (size === 0) return;
        taken.check();
        const { sha256 } = sha256File(path);
        await putFile(bucket, `${MANIFESTS}${basename(path)}`, { path, size, sha256 });
      },
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function putText(bucket: Bucket, key: string, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  const body = { size: bytes.length, sha256: sha256Hex(bytes), pieces: () => [bytes] };
  await bucket.put(key, body, headersOf(key));
}

/** This run holds the lock, so the run that began these uploads has ended, or is that of another shard. */
async function abortUploads(bucket: Bucket, shard: RunShard | undefined, logger: Logger): Promise<void> {
  for (const directory of [CRATES, BUNDLES, MANIFESTS])
    for await (const upload of unfinishedUploads(bucket, directory)) {
      if (shard !== undefined && isKeyInShard(upload.key, shard) !== true) continue;
      await abortUpload(bucket, upload);
      logger.info(
        `aborted the upload of ${bucket.describe(upload.key)}, which an earlier run has not finished`,
      );
    }
}

async function learn(
  { bucket, isOurs }: Pick<LearnDeps, 'isOurs'> & { readonly bucket: Bucket },
  objectsDirectory: string,
  directory: string,
  logger: Logger,
): Promise<void> {
  let logged = 0;
  const { listed, asked, gone } = await learnObjects({
    bucket,
    known: new KnownObjects(objectsDirectory),
    directory,
    ...(isOurs && { isOurs }),
    onProgress: ({ asked }) => {
      if (asked < logged + LOG_EVERY) return;
      logged = asked;
      logger.info(`${formatCount(asked)} objects were not known here, and their checksums are requested`);
    },
  });
  if (listed === 0 && gone === 0) return;
  const news = asked === 0 ? '' : `; of ${formatCount(asked)} the checksum was requested`;
  logger.info(`${bucket.describe(directory)} has ${formatCount(listed)} objects${news}`);
  if (gone > 0)
    logger.warn(
      `${formatCount(gone)} objects of ${bucket.describe(directory)} that were stored are gone, and are stored anew`,
    );
}
