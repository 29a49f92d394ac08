import { MIRROR_MARKER, SITE_MARKER, STATE } from '@crates-mirror/bucket-mirror';
import { CATALOG } from '@crates-mirror/bucket-mirror/bundles';
import { UsageError } from '@crates-mirror/errors';
import { checkLayout, type Layout, layoutIn } from '@crates-mirror/layout';
import type { Bucket } from '@crates-mirror/s3';

/** @returns whether the mirror exists. @throws UsageError if it is no mirror of this layout */
export async function checkMarker(bucket: Bucket, layout: Layout, option: string): Promise<boolean> {
  const marker = await bucket.get(MIRROR_MARKER);
  if (marker !== undefined) {
    const made = layoutIn(marker.body.toString('utf8'), bucket.describe(MIRROR_MARKER));
    checkLayout(bucket.describe(), made, layout);
    return true;
  }
  if ((await bucket.get(SITE_MARKER)) !== undefined)
    throw new UsageError(`${option}: ${bucket.describe()} is a site that mirror-server export writes`, {
      hint: 'Go on with export, or name another prefix',
    });
  for await (const { key } of bucket.list('')) {
    if (key.startsWith(STATE)) continue;
    // A run over another shard may have begun the mirror since.
    if ((await bucket.get(MIRROR_MARKER)) !== undefined) return checkMarker(bucket, layout, option);
    throw new UsageError(`${option}: ${bucket.describe()} is no mirror of ours, and has ${key}`, {
      hint: 'Name a prefix that has no objects',
    });
  }
  return false;
}

export async function hasBundles(bucket: Bucket): Promise<boolean> {
  return (await bucket.head(CATALOG)) !== undefined;
}

/** Without its bundles, a run would fetch all crate files again. @throws UsageError */
export async function checkNotBundled(bucket: Bucket, option: string): Promise<void> {
  if (!(await hasBundles(bucket))) return;
  throw new UsageError(`${option}: the crate files of ${bucket.describe()} are in bundles`, {
    hint: 'Add --bundle',
  });
}
