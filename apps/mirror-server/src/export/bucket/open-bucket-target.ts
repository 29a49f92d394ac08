import { rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  cacheDirectory,
  headersOf,
  KnownObjects,
  SITE_MARKER,
  STATE,
  WriterLease,
} from '@crates-mirror/bucket-mirror';
import type { CrateFiles } from '@crates-mirror/crate-files';
import { FatalError, UsageError } from '@crates-mirror/errors';
import { makeDirectories } from '@crates-mirror/fs-atomic';
import { sha256Hex } from '@crates-mirror/hashing';
import { HOME_DIRECTORY, lockHome, notThere } from '@crates-mirror/layout';
import { Bucket } from '@crates-mirror/s3';
import type { BucketSite } from '../../options.ts';
import { checkApart } from '../site.ts';
import type { OpenTarget } from '../site-target.ts';
import { BucketFiles } from './bucket-files.ts';
import { BucketIndex } from './bucket-index.ts';
import { SiteObjects } from './site-objects.ts';

/** Crates processed in parallel, and parallel requests. */
const CONCURRENCY = 32;
const FORMAT = `${JSON.stringify({ format_version: 1 })}\n`;

/**
 * Opens a prefix of a bucket for an export.
 *
 * @param sources directories that are read; the cache must not be inside or around one of them
 * @param mustExist refuse to create a site
 * @throws UsageError if it is not a site, another run has locked it, or the store denies access
 * @throws FatalError if the store fails after that
 */
export async function openBucketTarget(
  site: BucketSite,
  sources: readonly string[],
  mustExist: boolean,
  files: CrateFiles,
): Promise<OpenTarget> {
  const { address, s3, environment } = site;
  const bucket = new Bucket({ address, options: s3, environment, connections: CONCURRENCY });
  const cache = site.cacheDirectory ?? cacheDirectory(bucket.describe(), environment);
  checkApart('--cache-dir', cache, sources);
  const lock = lockHome(cache, '--cache-dir');
  let lease: WriterLease | undefined;
  const release = async (): Promise<void> => {
    await lease?.release();
    await bucket.close();
    lock.release();
  };
  try {
    const isOurs = await checkMarker(bucket);
    if (!isOurs && mustExist) throw notThere('site', bucket.describe(), '--site');
    lease = await WriterLease.take(bucket);
    if (!isOurs) await writeMarker(bucket);
    const home = join(cache, HOME_DIRECTORY);
    const stage = join(home, 'stage');
    const known = join(home, 'objects-1');
    rmSync(stage, { recursive: true, force: true });
    for (const path of [stage, known]) makeDirectories(path);
    const { check } = lease;
    const objects = await SiteObjects.open({
      bucket,
      known: new KnownObjects(known),
      listingFile: join(home, 'listing'),
      checkWriter: check.bind(lease),
    });
    const target = {
      name: bucket.describe(),
      files: new BucketFiles(objects, files),
      index: new BucketIndex(objects, stage, CONCURRENCY),
      concurrency: CONCURRENCY,
    };
    const newPlace = isOurs ? undefined : `new site at ${bucket.describe()}`;
    return { target, newPlace, release, releaseNow: () => lock.release() };
  } catch (error) {
    await release();
    throw error;
  }
}

/** @returns whether there is a marker */
async function checkMarker(bucket: Bucket): Promise<boolean> {
  const marker = await bucket.get(SITE_MARKER).catch((error: unknown) => {
    if (!(error instanceof FatalError)) throw error;
    const { message, hint } = error;
    throw new UsageError(`--site: ${message}`, hint === undefined ? {} : { hint });
  });
  if (marker === undefined) {
    for await (const { key } of bucket.list(''))
      if (!key.startsWith(STATE))
        throw new UsageError(`--site: ${bucket.describe()} is no site of ours, and has ${key}`, {
          hint: 'Name a prefix that has no objects',
        });
  } else if (marker.body.toString('utf8') !== FORMAT)
    throw new UsageError(`--site: ${bucket.describe(SITE_MARKER)} is damaged, or of a later version`);
  return marker !== undefined;
}

async function writeMarker(bucket: Bucket): Promise<void> {
  const bytes = Buffer.from(FORMAT);
  const body = { size: bytes.length, sha256: sha256Hex(bytes), pieces: () => [bytes] };
  await bucket.put(SITE_MARKER, body, headersOf(SITE_MARKER));
}
