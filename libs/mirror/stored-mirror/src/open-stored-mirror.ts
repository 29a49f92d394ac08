import { join } from 'node:path';
import { cacheDirectory, MIRROR_MARKER, SITE_MARKER } from '@crates-mirror/bucket-mirror';
import { CrateFiles, type OnDamage, type OnNote } from '@crates-mirror/crate-files';
import { FatalError, UsageError } from '@crates-mirror/errors';
import { HOME_DIRECTORY, type Layout, layoutIn, parseLayout } from '@crates-mirror/layout';
import { Bucket, type S3Address, type S3Options } from '@crates-mirror/s3';
import { CachedCrates } from './cached-crates.ts';
import { DiskCache } from './disk-cache.ts';
import { ObjectChecksums } from './object-checksums.ts';
import { StoreWitness } from './store-witness.ts';
import { StoredBundles } from './stored-bundles.ts';
import { StoredCrates } from './stored-crates.ts';
import { StoredIndex } from './stored-index.ts';
import { StoredStats } from './stored-stats.ts';

const CONNECTIONS = 64;
/** A client waits for the answer, and asks again by itself. */
const PATIENCE = {
  backoff: { retries: 2, baseMs: 100, maxMs: 1000 },
  idleTimeoutMs: 20_000,
  maxRetryAfterMs: 1000,
};

/** A mirror in an object store, and where to keep what was read from it. */
export interface StoredMirrorOptions {
  readonly address: S3Address;
  readonly s3: S3Options;
  /** Environment variables for settings that the options leave open. */
  readonly environment: NodeJS.ProcessEnv;
  /** On the local disk; undefined for one below the user's cache directory. */
  readonly cacheDirectory: string | undefined;
  /** Bytes of crate files on the local disk. */
  readonly cacheSize: number;
}

/** A mirror in an object store, opened for reading. */
export interface StoredMirror {
  readonly bucket: Bucket;
  readonly layout: Layout;
  readonly files: CrateFiles;
  readonly index: StoredIndex;
  readonly stats: StoredStats;
  close(): Promise<void>;
}

export interface OnStored {
  readonly onNote: OnNote;
  readonly onDamage?: OnDamage;
}

/**
 * @param layout a layout's name or template; undefined for the mirror's own
 * @throws UsageError if there is no mirror, the layout is another one, or the store denies access
 */
export async function openStoredMirror(
  options: StoredMirrorOptions,
  layout: string | undefined,
  { onNote, onDamage }: OnStored,
): Promise<StoredMirror> {
  const { address, s3, environment, cacheSize } = options;
  const bucket = new Bucket({ address, options: s3, environment, connections: CONNECTIONS, ...PATIENCE });
  try {
    const found = await readMarker(bucket);
    const own = layout === undefined ? found.layout : checkedLayout(layout, found.layout, bucket);
    const cache = options.cacheDirectory ?? cacheDirectory(bucket.describe(), environment);
    const disk = new DiskCache(join(cache, HOME_DIRECTORY, 'served-1'), cacheSize, onNote);
    const witness = new StoreWitness(bucket, found.marker);
    const bundles = new StoredBundles(bucket, join(cache, HOME_DIRECTORY, 'bundles-1'));
    const files = new CrateFiles({
      mirror: new StoredCrates({
        bucket,
        layout: own,
        checksums: new ObjectChecksums(bucket, disk),
        witness,
      }),
      bundlesDirectory: bundles,
      cache: new CachedCrates(disk),
      onNote,
      ...(onDamage === undefined ? {} : { onDamage }),
    });
    const close = async (): Promise<void> => {
      await disk.close();
      await bucket.close();
    };
    const stats = new StoredStats(bucket, bundles);
    return { bucket, layout: own, files, index: new StoredIndex(bucket, witness), stats, close };
  } catch (error) {
    await bucket.close();
    throw error;
  }
}

interface Marker {
  readonly marker: string;
  readonly layout: Layout;
}

/** The marker of a mirror, or of a site, whose crate files have the paths of cargo's layout. */
async function readMarker(bucket: Bucket): Promise<Marker> {
  try {
    const mirror = await bucket.get(MIRROR_MARKER);
    if (mirror !== undefined)
      return {
        marker: MIRROR_MARKER,
        layout: layoutIn(mirror.body.toString('utf8'), bucket.describe(MIRROR_MARKER)),
      };
    if ((await bucket.head(SITE_MARKER)) !== undefined)
      return { marker: SITE_MARKER, layout: parseLayout('cargo') };
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    const { message, hint } = error;
    throw new UsageError(`--mirror: ${message}`, hint === undefined ? {} : { hint });
  }
  throw new UsageError(`--mirror: there is no mirror in ${bucket.describe()}`, {
    hint: 'Mirror into it first, or export a site to it',
  });
}

function checkedLayout(text: string, own: Layout, bucket: Bucket): Layout {
  const asked = parseLayout(text);
  if (asked.id === own.id) return own;
  throw new UsageError(`${bucket.describe()} was mirrored with the layout '${own.id}', not '${asked.id}'`, {
    hint: 'Leave --layout out',
  });
}
