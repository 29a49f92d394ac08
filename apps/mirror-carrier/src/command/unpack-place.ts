import { cacheDirectory } from '@crates-mirror/bucket-mirror/cache-directory';
import type { Given } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { describeAddress, isS3, parseS3Address } from '@crates-mirror/s3/address';
import { type RawS3, S3_FLAGS, s3Options } from '@crates-mirror/s3/options';
import type { UnpackOptions } from '../options.ts';

/** The options of `unpack` that concern the place of the mirror. */
interface RawValues extends RawS3 {
  readonly cacheDir?: string;
  readonly publicUrl?: string;
  readonly loose?: boolean;
  readonly bundlesDir?: string;
  readonly onRemoved: UnpackOptions['onRemoved'];
}

/** Options that have no effect with a mirror in a directory. */
const STORE_ONLY = [['cacheDir', '--cache-dir'], ['publicUrl', '--public-url'], ...S3_FLAGS] as const;

/** The place of the mirror. @param mirror the value of --mirror @throws UsageError */
export function placeOf(
  mirror: string,
  raw: RawValues,
  given: Given<RawValues>,
): Pick<UnpackOptions, 'mirror' | 'bucket'> {
  if (!isS3(mirror)) {
    const [, option] = STORE_ONLY.find(([name]) => given.has(name)) ?? [];
    if (option !== undefined)
      throw new UsageError(
        `${option} is for a mirror in an object store, and --mirror ${mirror} is a directory`,
        { hint: 'Leave it out, or write --mirror like s3://bucket/prefix' },
      );
    return { mirror, bucket: undefined };
  }
  checkFitsStore(raw);
  const { cacheDir, publicUrl } = raw;
  if (cacheDir?.trim() === '') throw new UsageError('--cache-dir: the value is empty');
  const address = parseS3Address('--mirror', mirror);
  const name = describeAddress(address);
  return {
    mirror: cacheDir ?? cacheDirectory(name, process.env),
    bucket: { name, address, s3: s3Options(raw), publicUrl },
  };
}

/** Options that work on the files of a directory. */
function checkFitsStore({ loose, bundlesDir, onRemoved }: RawValues): void {
  for (const [option, isGiven, hint] of [
    ['--loose', loose === true, 'Leave it out: a store keeps the bundles of the parcels'],
    ['--bundles-dir', bundlesDir !== undefined, 'Leave it out: bundles are stored below bundles/'],
    [`--on-removed ${onRemoved}`, onRemoved !== 'keep', 'Leave it out: crate files stay in the store'],
  ] as const)
    if (isGiven)
      throw new UsageError(`${option} is for a mirror in a directory, and --mirror is an object store`, {
        hint,
      });
}
