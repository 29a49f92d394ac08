import type { StoreReply } from './transport.ts';

/** The SHA-256 of a whole object, as its uploader has noted it. */
export const NOTED_SHA256 = 'x-amz-meta-sha256';

/** without quotes */
export function etagIn(headers: StoreReply['headers']): string {
  return String(headers['etag'] ?? '').replaceAll('"', '');
}

/**
 * Lower-case hex, as computed by the store or else as noted by the uploader. The store's checksum
 * of an object in parts is one of their checksums, with their number after a hyphen.
 */
export function sha256In(headers: StoreReply['headers']): string | undefined {
  const computed = headers['x-amz-checksum-sha256'];
  const isOfWhole = typeof computed === 'string' && !computed.includes('-');
  const text = isOfWhole
    ? Buffer.from(computed, 'base64').toString('hex')
    : String(headers[NOTED_SHA256] ?? '');
  return /^[0-9a-f]{64}$/.test(text) ? text : undefined;
}
