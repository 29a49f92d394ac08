import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
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
import { KnownObjects } from './known-objects.ts';
import { SiteObjects } from './site-objects.ts';
import { WriterLease } from './writer-lease.ts';

/** Crates processed in parallel, and parallel requests. */
const CONCURRENCY = 32;
const MARKER = '.crates-mirror/site.json';
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
  const cache = site.cacheDirectory ?? defaultCache(environment, bucket.describe());
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
    const objects = await SiteObjects.list({
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

/** A directory per site below `XDG_CACHE_HOME`. Source: XDG Base Directory Specification. */
function defaultCache(environment: NodeJS.ProcessEnv, name: string): string {
  const home = environment['XDG_CACHE_HOME'] || join(environment['HOME'] || homedir(), '.cache');
  return join(home, 'crates-mirror', createHash('sha256').update(name).digest('hex').slice(0, 16));
}

/** @returns whether there is a marker */
async function checkMarker(bucket: Bucket): Promise<boolean> {
  const marker = await bucket.get(MARKER).catch((error: unknown) => {
    if (!(error instanceof FatalError)) throw error;
    const { message, hint } = error;
    throw new UsageError(`--site: ${message}`, hint === undefined ? {} : { hint });
  });
  if (marker === undefined) {
    for await (const { key } of bucket.list(''))
      if (!key.startsWith('.crates-mirror/'))
        throw new UsageError(`--site: ${bucket.describe()} is no site of ours, and has ${key}`, {
          hint: 'Name a prefix that has no objects',
        });
  } else if (marker.body.toString('utf8') !== FORMAT)
    throw new UsageError(`--site: ${bucket.describe(MARKER)} is damaged, or of a later version`);
  return marker !== undefined;
}

async function writeMarker(bucket: Bucket): Promise<void> {
  const bytes = Buffer.from(FORMAT);
  const body = { size: bytes.length, sha256: sha256Hex(bytes), pieces: () => [bytes] };
  await bucket.put(MARKER, body, { contentType: 'application/json', cacheControl: 'no-store' });
}
