import type { Bucket, ListedObject } from '@crates-mirror/s3';
import { decodeSeekTable, SEEK_FOOTER_SIZE, seekTableSizeOf } from '@crates-mirror/zstd/seek-table';

/** Bytes. Longer seek tables are not believed. */
const MAX_TABLE = 64 << 20;

/**
 * The bytes of tar in a stored bundle, by its own seek table, which must fill the object. Only the
 * table is read.
 *
 * @returns undefined if the object has no whole seek table
 * @throws CodedError `changed` or `gone` if the object is being replaced
 */
export async function tarSizeOf(
  bucket: Pick<Bucket, 'getRange'>,
  { key, size, etag }: ListedObject,
): Promise<number | undefined> {
  if (size < SEEK_FOOTER_SIZE) return undefined;
  const last = (length: number): Promise<Buffer> => bucket.getRange(key, size - length, size - 1, etag);
  const length = seekTableSizeOf(await last(SEEK_FOOTER_SIZE));
  if (length === undefined || length > Math.min(size, MAX_TABLE)) return undefined;
  let total = 0;
  const flaw = decodeSeekTable(await last(length), size - length, ({ contentSize }) => {
    total += contentSize;
  });
  return flaw === undefined ? total : undefined;
}
