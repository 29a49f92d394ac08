import type { StoreReply } from './transport.ts';

/** The SHA-256 of a whole object, as its uploader has noted it. */
export const NOTED_SHA256 = 'x-amz-meta-sha256';

/** without quotes */
export function etagIn(headers: StoreReply['headers']): string {
  return String(headers['etag'] ?? '').replaceAll('"', '');
}

/** Who determined the SHA-256 of an object. */
export type ChecksumSource = 'store' | 'uploader';

/** The SHA-256 of a whole object. */
export interface ObjectChecksum {
  /** Lower-case hex; undefined if nobody has determined it. */
  readonly sha256: string | undefined;
  readonly sha256From: ChecksumSource | undefined;
}

/**
 * The checksum that the store has computed, or else the one that the uploader has noted. The store's
 * checksum of an object in parts is one of their checksums, with their number after a hyphen.
 */
export function checksumIn(headers: StoreReply['headers']): ObjectChecksum {
  const computed = headers['x-amz-checksum-sha256'];
  const isOfWhole = typeof computed === 'string' && !computed.includes('-');
  const text = isOfWhole
    ? Buffer.from(computed, 'base64').toString('hex')
    : String(headers[NOTED_SHA256] ?? '');
  if (!/^[0-9a-f]{64}$/.test(text)) return { sha256: undefined, sha256From: undefined };
  return { sha256: text, sha256From: isOfWhole ? 'store' : 'uploader' };
}
