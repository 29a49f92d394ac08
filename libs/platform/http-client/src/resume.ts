import type { DecodedHeaders, Resume } from '@crates-mirror/h2-get';

/** RFC 9110, 8.8.3, without `W/`: a weak one says nothing of single bytes. */
const STRONG_ETAG = /^"[\x21\x23-\x7e]*"$/;
/** RFC 9110, 5.6.7 */
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
/** How much older than its answer a file is whose Last-Modified is strong, ms: the clocks of two machines may differ. */
const OLD_ENOUGH_MS = 60_000;
const LENGTH = /^\d{1,15}$/;
/** The size of the whole, of what is answered to FIRST_BYTE; of an empty file in a 416 (RFC 9110, 14.4). */
const WHOLE_SIZE = /^bytes (?:0-0|\*)\/(\d{1,15})$/;
const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/;

/** What a Resume can go by, where an answer has it (RFC 9110, 8.8.2.2). */
export function strongValidator(headers: DecodedHeaders): string | undefined {
  // What was encoded on its way need not be encoded alike again.
  if (headers['content-encoding'] !== undefined) return undefined;
  const etag = headers['etag'];
  if (etag !== undefined) return STRONG_ETAG.test(etag) ? etag : undefined;
  const { 'last-modified': modified = '', date = '' } = headers;
  if (!IMF_FIXDATE.test(modified) || !IMF_FIXDATE.test(date)) return undefined;
  return Date.parse(date) - Date.parse(modified) >= OLD_ENOUGH_MS ? modified : undefined;
}

/** The size of a body, where the header tells it. */
export function contentLength({ 'content-length': length }: DecodedHeaders): number | undefined {
  return length !== undefined && LENGTH.test(length) ? Number(length) : undefined;
}

/** The answer to FIRST_BYTE as one to HEAD would have been, where it tells the size of the whole. */
export function asWhole(headers: DecodedHeaders): DecodedHeaders {
  const status = headers[':status'];
  const [, size] = WHOLE_SIZE.exec(headers['content-range'] ?? '') ?? [];
  if (size === undefined || (status !== '206' && status !== '416')) return headers;
  return { ...headers, ':status': '200', 'content-length': size };
}

/** Whether a 206 is the rest that was asked for, of the same file. */
export function isRestOf(headers: DecodedHeaders, { from, length, validator }: Resume): boolean {
  const [, first, last, size] = CONTENT_RANGE.exec(headers['content-range'] ?? '') ?? [];
  const etag = headers['etag'];
  const isSame = etag === undefined || !validator.startsWith('"') || etag === validator;
  return (
    isSame &&
    headers['content-encoding'] === undefined &&
    Number(first) === from &&
    Number(last) === length - 1 &&
    Number(size) === length &&
    (contentLength(headers) ?? length - from) === length - from
  );
}
