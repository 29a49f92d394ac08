import { createXXHash64 } from 'hash-wasm';

const hasher = await createXXHash64();

/**
 * The low 32 bits of a XXH64 with seed 0: zstd's content checksum (RFC 8878, 3.1.1), also used in
 * seek tables.
 */
export function xxh64LowOf(pieces: Iterable<Uint8Array>): number {
  hasher.init();
  for (const piece of pieces) hasher.update(piece);
  // The canonical form of a XXH64 is big-endian.
  return Buffer.from(hasher.digest('binary')).readUInt32BE(4);
}
