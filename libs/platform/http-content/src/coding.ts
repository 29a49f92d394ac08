import { promisify } from 'node:util';
import { gzip, zstdCompress } from 'node:zlib';
import Negotiator from 'negotiator';

/** Compression of a body; `identity` is none. */
export type Coding = 'zstd' | 'gzip' | 'identity';

/** Among codings that a client weighs equally, the first one listed here is chosen. */
const CODINGS: readonly Coding[] = ['zstd', 'gzip', 'identity'];
/** Compressing smaller bodies costs more than it saves: headers alone are as long. */
const MIN_SIZE = 512;
/**
 * Clients send few different headers, so the choices are cached; hostile clients could send many.
 */
const MAX_REMEMBERED = 100;

const compressors = { gzip: promisify(gzip), zstd: promisify(zstdCompress) };
const remembered = new Map<string, Coding>();

/**
 * The content coding to use for an `Accept-Encoding` (RFC 9110, 12.5.3); `identity` if none of ours
 * is accepted.
 */
export function chooseCoding(acceptEncoding: string | undefined): Coding {
  // RFC 9110 allows any coding if the header is missing; such clients seldom decompress.
  if (acceptEncoding === undefined) return 'identity';
  const known = remembered.get(acceptEncoding);
  if (known !== undefined) return known;
  const negotiator = new Negotiator({ headers: { 'accept-encoding': acceptEncoding } });
  const chosen = (negotiator.encoding(CODINGS) ?? 'identity') as Coding;
  if (remembered.size < MAX_REMEMBERED) remembered.set(acceptEncoding, chosen);
  return chosen;
}

/** Whether a text of this many bytes is worth compressing. */
export function isWorthCompressing(size: number): boolean {
  return size >= MIN_SIZE;
}

/** Compresses in libuv's thread pool. */
export async function compress(bytes: Buffer, coding: Exclude<Coding, 'identity'>): Promise<Buffer> {
  return compressors[coding](bytes);
}
