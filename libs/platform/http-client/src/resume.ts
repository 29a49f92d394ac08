import type { DecodedHeaders, Resume } from '@crates-mirror/h2-get';

/** RFC 9110, 8.8.3, without `W/`: a weak one does not guarantee identical bytes. */
const STRONG_ETAG = /^"[\x21\x23-\x7e]*"$/;
/** RFC 9110, 5.6.7 */
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
/**
 * ms. A Last-Modified is strong if it is this much older than its response: the clocks of two
 * machines may differ.
 */
const OLD_ENOUGH_MS = 60_000;
const LENGTH = /^\d{1,15}$/;
/** The total size, in a response to FIRST_BYTE; for an empty file in a 416 (RFC 9110, 14.4). */
const WHOLE_SIZE = /^bytes (?:0-0|\*)\/(\d{1,15})$/;
const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/;

/** The validator for a Resume, if a response has one (RFC 9110, 8.8.2.2). */
export function strongValidator(headers: DecodedHeaders): string | undefined {
  // A body encoded in transit may be encoded differently the next time.
  if (headers['content-encoding'] !== undefined) return undefined;
  const etag = headers['etag'];
  if (etag !== undefined) return STRONG_ETAG.test(etag) ? etag : undefined;
  const { 'last-modified': modified = '', date = '' } = headers;
  if (!IMF_FIXDATE.test(modified) || !IMF_FIXDATE.test(date)) return undefined;
  return Date.parse(date) - Date.parse(modified) >= OLD_ENOUGH_MS ? modified : undefined;
}

/** The size of a body, if given in the header. */
export function contentLength({ 'content-length': length }: DecodedHeaders): number | undefined {
  return length !== undefined && LENGTH.test(length) ? Number(length) : undefined;
}

/**
 * Converts a response to FIRST_BYTE into the equivalent response to HEAD, if it contains the total
 * size.
 */
export function asWhole(headers: DecodedHeaders): DecodedHeaders {
  const status = headers[':status'];
  const [, size] = WHOLE_SIZE.exec(headers['content-range'] ?? '') ?? [];
  if (size === undefined || (status !== '206' && status !== '416')) return headers;
  return { ...headers, ':status': '200', 'content-length': size };
}

/** Whether a 206 is the requested rest, of the same file. */
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
