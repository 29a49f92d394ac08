import { promisify } from 'node:util';
import { gzip, zstdCompress } from 'node:zlib';
import Negotiator from 'negotiator';

/** What a body may be compressed with; `identity` is not at all. */
export type Coding = 'zstd' | 'gzip' | 'identity';

/** Of those that a client likes alike, the one that it names first is taken. */
const CODINGS: readonly Coding[] = ['zstd', 'gzip', 'identity'];
/** Below this, compressing costs more than it saves: headers alone are as long. */
const MIN_SIZE = 512;
/** Clients send few different headers, whose choice is worth remembering; hostile ones could send many. */
const MAX_REMEMBERED = 100;

const compressors = { gzip: promisify(gzip), zstd: promisify(zstdCompress) };
const remembered = new Map<string, Coding>();

/** The content coding that an `Accept-Encoding` asks for (RFC 9110, 12.5.3); `identity` where none of ours is. */
export function chooseCoding(acceptEncoding: string | undefined): Coding {
  // RFC 9110 lets a server send what it likes to who says nothing; such clients seldom decompress.
  if (acceptEncoding === undefined) return 'identity';
  const known = remembered.get(acceptEncoding);
  if (known !== undefined) return known;
  const negotiator = new Negotiator({ headers: { 'accept-encoding': acceptEncoding } });
  const chosen = (negotiator.encoding(CODINGS) ?? 'identity') as Coding;
  if (remembered.size < MAX_REMEMBERED) remembered.set(acceptEncoding, chosen);
  return chosen;
}

/** Whether a text of so many bytes is worth compressing. */
export function isWorthCompressing(size: number): boolean {
  return size >= MIN_SIZE;
}

/** Compresses in libuv's thread pool. */
export async function compress(bytes: Buffer, coding: Exclude<Coding, 'identity'>): Promise<Buffer> {
  return compressors[coding](bytes);
}
