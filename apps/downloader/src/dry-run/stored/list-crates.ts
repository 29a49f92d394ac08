import type { BucketPlace } from '@crates-mirror/bucket-mirror';
import { CRATES, listInParallel, ObjectTable } from '@crates-mirror/bucket-mirror';
import { checkMarker, checkNotBundled, hasBundles } from '@crates-mirror/bucket-writer/marker';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { UsageError } from '@crates-mirror/errors';
import { notThere, parseLayout } from '@crates-mirror/layout';
import { Bucket, usable } from '@crates-mirror/s3';

/** Parallel listings. */
const LISTINGS = 16;

/** The crate files of a mirror in a bucket. */
export interface ListedCrates {
  /** Whether a run would create the mirror. */
  readonly isNew: boolean;
  /** The memory of an ObjectTable. */
  readonly memory: SharedArrayBuffer;
  readonly count: number;
}

/**
 * Lists the crate files of a mirror in a bucket. It takes no lock, and writes neither objects nor
 * files.
 *
 * @throws UsageError if a run would be refused, or the mirror has bundles, whose members a listing
 *   does not show
 * @throws FatalError if the listing is not complete
 */
export async function listCrates(
  { address, s3, name }: BucketPlace,
  { layout, requireExisting, bundle }: Pick<DownloaderOptions, 'layout' | 'requireExisting' | 'bundle'>,
): Promise<ListedCrates> {
  const bucket = new Bucket({ address, options: s3, environment: process.env, connections: LISTINGS });
  try {
    const isNew = !(await usable('--out', () => checkMarker(bucket, parseLayout(layout), '--out')));
    if (isNew && requireExisting) throw notThere('mirror', name, '--out');
    if (bundle === undefined) await usable('--out', () => checkNotBundled(bucket, '--out'));
    else if (await usable('--out', () => hasBundles(bucket)))
      throw new UsageError(`--dry-run cannot look into the bundles of ${name}`, {
        hint: 'Leave --dry-run out: a run fetches what the bundles lack',
      });
    const table = new ObjectTable();
    await listInParallel(bucket, CRATES, LISTINGS, (objects) => {
      for (const object of objects) table.set(object);
    });
    return { isNew, memory: table.memory, count: table.count };
  } finally {
    await bucket.close();
  }
}
