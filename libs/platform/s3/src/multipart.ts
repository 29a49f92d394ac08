import { createHash } from 'node:crypto';
import { CodedError, errorCode, FatalError } from '@crates-mirror/errors';
import type { Bucket, ObjectHeaders, Precondition } from './bucket.ts';
import { etagIn } from './object-headers.ts';
import type { StoreBody } from './transport.ts';
import { elements, elementText, escapeXml } from './xml.ts';

/** bytes. A part is held in memory while it is sent. S3 accepts none below 5 MiB but the last. */
export const PART_SIZE = 16 << 20;
/** The most that S3 accepts is 10,000. */
const MAX_PARTS = 9000;
/** Attempts at an upload of which the store has lost a part. */
const MAX_ATTEMPTS = 3;

/** A body that is read in parts. */
export interface LargeBody {
  /** bytes */
  readonly size: number;
  /** lower-case hex, of the whole body */
  readonly sha256: string;
  /** @returns exactly these bytes, or fewer if the body has become shorter */
  readonly read: (from: number, length: number) => Promise<Buffer>;
}

/** An upload that is neither completed nor aborted. */
export interface UnfinishedUpload {
  readonly key: string;
  readonly id: string;
}

/**
 * Stores an object in parts. It becomes visible as a whole when the store has all of them. The
 * checksum of each part is signed; that of the whole is stored with the object, which the caller
 * must have compared.
 *
 * @param partSize bytes
 * @returns its ETag; undefined if the precondition was not met
 * @throws FatalError if the store refuses
 */
export async function putInParts(
  bucket: Bucket,
  key: string,
  body: LargeBody,
  headers: ObjectHeaders,
  precondition?: Precondition,
  partSize: number = PART_SIZE,
): Promise<string | undefined> {
  for (let attempt = 1; ; attempt++) {
    const id = await begin(bucket, key, body, headers);
    try {
      const etags = await sendParts(
        bucket,
        key,
        id,
        body,
        Math.max(partSize, Math.ceil(body.size / MAX_PARTS)),
      );
      return await complete(bucket, key, id, etags, body, precondition);
    } catch (error) {
      // The store removes an upload that nobody aborts only if its owner has asked for that.
      await abortUpload(bucket, { key, id }).catch(() => {});
      if (errorCode(error) !== 'upload_lost' || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/** Uploads of keys that begin with `begin`. */
export async function* unfinishedUploads(bucket: Bucket, begin: string): AsyncGenerator<UnfinishedUpload> {
  const { prefix } = bucket;
  for (let marker: Record<string, string> | undefined = {}; marker !== undefined; ) {
    const query: Record<string, string> = { uploads: '', prefix: prefix + begin, ...marker };
    const { body } = await bucket.request({ method: 'GET', key: undefined, query });
    const xml = body.toString('utf8');
    const truncated = elementText(xml, 'IsTruncated');
    if (truncated === undefined)
      throw new FatalError(
        'bad_listing',
        `list the uploads of ${bucket.describe(begin)}: the answer is none`,
      );
    for (const upload of elements(xml, 'Upload')) {
      const [key, id] = [elementText(upload, 'Key'), elementText(upload, 'UploadId')];
      if (key?.startsWith(prefix) === true && id !== undefined) yield { key: key.slice(prefix.length), id };
    }
    marker = truncated === 'true' ? nextMarker(xml) : undefined;
  }
}

/** Removes an upload and its parts, if it exists. */
export async function abortUpload(bucket: Bucket, { key, id }: UnfinishedUpload): Promise<void> {
  await bucket.request({ method: 'DELETE', key, query: { uploadId: id }, expected: [404] });
}

function nextMarker(xml: string): Record<string, string> {
  return {
    'key-marker': elementText(xml, 'NextKeyMarker') ?? '',
    'upload-id-marker': elementText(xml, 'NextUploadIdMarker') ?? '',
  };
}

async function begin(
  bucket: Bucket,
  key: string,
  { sha256 }: LargeBody,
  { contentType, cacheControl }: ObjectHeaders,
): Promise<string> {
  const headers = { 'content-type': contentType, 'cache-control': cacheControl, 'x-amz-meta-sha256': sha256 };
  const reply = await bucket.request({ method: 'POST', key, query: { uploads: '' }, headers });
  const id = elementText(reply.body.toString('utf8'), 'UploadId');
  if (id === undefined)
    throw new FatalError('bad_upload', `POST ${bucket.describe(key)}: no upload was begun`);
  return id;
}

async function sendParts(
  bucket: Bucket,
  key: string,
  id: string,
  { size, read }: LargeBody,
  partSize: number,
): Promise<string[]> {
  const etags: string[] = [];
  for (let from = 0; from < size; from += partSize) {
    const bytes = await read(from, Math.min(partSize, size - from));
    if (bytes.length !== Math.min(partSize, size - from))
      throw new CodedError('changed', `${bucket.describe(key)} has become shorter while it was read`);
    const query = { partNumber: String(etags.length + 1), uploadId: id };
    const body = bodyOf(bytes);
    // An upload that is gone was aborted by another run, or has expired.
    const reply = await bucket.request({ method: 'PUT', key, query, body, expected: [404] });
    if (reply.status === 404) throw uploadLost(bucket, key);
    etags.push(etagIn(reply.headers));
  }
  return etags;
}

async function complete(
  bucket: Bucket,
  key: string,
  id: string,
  etags: readonly string[],
  { size, sha256 }: LargeBody,
  precondition: Precondition,
): Promise<string | undefined> {
  const parts = etags.map(
    (etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>"${escapeXml(etag)}"</ETag></Part>`,
  );
  const xml = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
  const headers: Record<string, string> = {
    'content-type': 'application/xml',
    ...(precondition === undefined ? {} : { 'if-none-match': '*' }),
  };
  const expected = precondition === undefined ? [404] : [404, 409, 412];
  const query = { uploadId: id };
  const body = bodyOf(Buffer.from(xml));
  const reply = await bucket.request({ method: 'POST', key, query, headers, body, expected });
  if (reply.status === 409 || reply.status === 412) {
    await abortUpload(bucket, { key, id });
    return undefined;
  }
  // A store may find out that it fails after it has sent the status.
  const etag = elementText(reply.body.toString('utf8'), 'ETag')?.replaceAll('"', '');
  if (reply.status < 300 && etag) return etag;
  // The answer to an earlier attempt may have been lost after the store had completed the upload.
  // Ceph (16.2) leaves the ETag empty.
  const facts = await bucket.head(key);
  if (facts?.size === size && facts.sha256 === sha256) return facts.etag;
  throw uploadLost(bucket, key);
}

function uploadLost(bucket: Bucket, key: string): FatalError {
  return new FatalError('upload_lost', `the object store has lost parts of ${bucket.describe(key)}`);
}

function bodyOf(bytes: Buffer): StoreBody {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { size: bytes.length, sha256, pieces: () => [bytes] };
}
