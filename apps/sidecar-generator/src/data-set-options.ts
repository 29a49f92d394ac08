import { cacheDirectory } from '@crates-mirror/bucket-mirror/cache-directory';
import type { Given } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { describeAddress, isS3, parseS3Address } from '@crates-mirror/s3/address';
import { type RawS3, S3_FLAGS, s3Options } from '@crates-mirror/s3/options';
import type { DataSetOptions } from './options.ts';

interface Raw extends RawS3 {
  readonly parquetRaw?: boolean;
  readonly compressLevel: number;
  readonly cacheDir?: string;
}

/**
 * @param place of the data set; undefined if none is to be written
 * @throws UsageError
 */
export function dataSetOptions(
  place: string | undefined,
  raw: Raw,
  given: Given<Raw>,
): DataSetOptions | undefined {
  const isStored = place !== undefined && isS3(place);
  const [, option] =
    [['cacheDir', '--cache-dir'] as const, ...S3_FLAGS].find(([name]) => given.has(name)) ?? [];
  if (!isStored && option !== undefined)
    throw new UsageError(`${option} is for a data set in an object store`, {
      hint: 'Leave it out, or give --parquet-out s3://bucket/prefix',
    });
  if (place === undefined) return undefined;
  const common = { hasRaw: raw.parquetRaw === true, level: raw.compressLevel };
  if (!isStored) return { ...common, place, bucket: undefined };
  if (raw.cacheDir?.trim() === '') throw new UsageError('--cache-dir: the value is empty');
  const address = parseS3Address('--parquet-out', place);
  const name = describeAddress(address);
  const directory = raw.cacheDir ?? cacheDirectory(name, process.env);
  return { ...common, place: name, bucket: { address, s3: s3Options(raw), cacheDirectory: directory } };
}
