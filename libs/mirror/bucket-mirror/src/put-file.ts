import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { CodedError } from '@crates-mirror/errors';
import { createSha256 } from '@crates-mirror/hashing/sha256';
import { type Bucket, type LargeBody, PART_SIZE, type Precondition, putInParts } from '@crates-mirror/s3';
import { headersOf } from './keys.ts';

/** bytes. Longer files are sent in parts, each of which is held in memory while it is sent. */
export const MAX_WHOLE: number = 2 * PART_SIZE;

/** A local file that is to become an object. */
export interface LocalFile {
  readonly path: string;
  /** bytes */
  readonly size: number;
  /** lower-case hex */
  readonly sha256: string;
}

/**
 * Stores a file as an object, which becomes visible once all bytes have arrived and match the
 * checksum.
 *
 * @returns its ETag; undefined if the precondition was not met
 * @throws CodedError `changed` if a large file has another checksum; FatalError if the store refuses
 */
export function putFile(
  bucket: Bucket,
  key: string,
  file: LocalFile,
  precondition?: Precondition,
): Promise<string | undefined> {
  const { path, size, sha256 } = file;
  if (size > MAX_WHOLE) return putFileInParts(bucket, key, file, precondition);
  const pieces = (): AsyncIterable<Buffer> => createReadStream(path);
  return bucket.put(key, { size, sha256, pieces }, headersOf(key), precondition);
}

/** Like {@link putFile}, by a multipart upload whatever its size. */
export function putFileInParts(
  bucket: Bucket,
  key: string,
  file: LocalFile,
  precondition?: Precondition,
): Promise<string | undefined> {
  return putInParts(bucket, key, partsOf(file), headersOf(key), precondition);
}

/** The store compares the checksums of the parts; that of the whole is compared here. */
function partsOf({ path, size, sha256 }: LocalFile): LargeBody {
  let hash = createSha256();
  return {
    size,
    sha256,
    read: async (from, length) => {
      if (from === 0) hash = createSha256();
      const bytes = await readAt(path, from, length);
      hash.update(bytes);
      if (from + bytes.length === size && hash.copy().digest('hex') !== sha256)
        throw new CodedError('changed', `${path} is damaged: its SHA-256 is not ${sha256}`);
      return bytes;
    },
  };
}

async function readAt(path: string, from: number, length: number): Promise<Buffer> {
  const file = await open(path);
  try {
    return await readFully(file, from, length);
  } finally {
    await file.close();
  }
}

async function readFully(file: FileHandle, from: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(buffer, done, length - done, from + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}
