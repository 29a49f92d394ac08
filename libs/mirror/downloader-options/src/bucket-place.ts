import { join } from 'node:path';
import type { BucketPlace } from '@crates-mirror/bucket-mirror';
import { cacheDirectory } from '@crates-mirror/bucket-mirror/cache-directory';
import type { Given } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { shardName } from '@crates-mirror/layout/run-shard';
import { describeAddress, isS3, parseS3Address } from '@crates-mirror/s3/address';
import { S3_FLAGS, s3Options } from '@crates-mirror/s3/options';
import type { RawValues } from './option-table.ts';
import type { DownloaderOptions } from './options.ts';

/** Options that have no effect with a mirror in a directory. */
const BUCKET_ONLY = [['cacheDir', '--cache-dir'], ['publicUrl', '--public-url'], ...S3_FLAGS] as const;

/** The place of the mirror. */
type Place = Pick<DownloaderOptions, 'out' | 'bucket'>;

/** @throws UsageError */
export function placeOf(raw: RawValues, given: Given<RawValues>, env: NodeJS.ProcessEnv): Place {
  const { out, cacheDir } = raw;
  if (!isS3(out)) {
    const [, option] = BUCKET_ONLY.find(([name]) => given.has(name)) ?? [];
    if (option !== undefined)
      throw new UsageError(`${option} is for a mirror in an object store, and --out ${out} is a directory`, {
        hint: 'Leave it out, or write --out like s3://bucket/prefix',
      });
    return { out, bucket: undefined };
  }
  checkFitsBucket(raw, given);
  checkPublicUrl(raw);
  if (cacheDir?.trim() === '') throw new UsageError('--cache-dir: the value is empty');
  const address = parseS3Address('--out', out);
  const name = describeAddress(address);
  const bucket: BucketPlace = { name, address, s3: s3Options(raw), publicUrl: raw.publicUrl };
  const cache = cacheDir ?? cacheDirectory(name, env);
  // Each shard knows its own objects only.
  return { out: raw.shard === undefined ? cache : join(cache, shardName(raw.shard)), bucket };
}

/** Options that work on the files of a directory. */
function checkFitsBucket(raw: RawValues, given: Given<RawValues>): void {
  const { verifyExisting, scrub, advisories, bundleMode, onRemoved, restore } = raw;
  for (const [option, isGiven, hint] of [
    ['--verify-existing', verifyExisting === true, 'Leave it out: the store compares checksums itself'],
    ['--scrub', scrub !== undefined, 'Leave it out: the store compares checksums itself'],
    ['--advisories', advisories !== undefined, 'Leave it out: mirror-server --advisories marks them'],
    ['--bundle-mode add', bundleMode === 'add', 'Leave it out: an object store has loose objects or bundles'],
    ['--bundles-out', given.has('bundlesOut'), 'Leave it out: bundles are stored below bundles/'],
    [`--on-removed ${onRemoved}`, onRemoved !== 'keep', 'Leave it out: crate files stay in the store'],
    ['--restore', restore !== undefined, 'Leave it out: nothing is removed from an object store'],
  ] as const)
    if (isGiven)
      throw new UsageError(`${option} is for a mirror in a directory, and --out is an object store`, {
        hint,
      });
}

/** The index names crate files by a template of cargo's, and needs an index to be made of. */
function checkPublicUrl({ publicUrl, layout, list }: RawValues): void {
  if (publicUrl === undefined) return;
  if (list !== undefined)
    throw new UsageError('--public-url publishes an index, and --list has URLs', { hint: 'Leave it out' });
  if (layout === 'go')
    throw new UsageError('--public-url needs a layout that a config.json can describe, and go is none', {
      hint: 'Leave --layout out',
    });
}

/** The mirror as messages name it: its directory or `s3://bucket/prefix`. */
export function mirrorName({ out, bucket }: Place): string {
  return bucket?.name ?? out;
}
