import { createXXHash64 } from 'hash-wasm';

const hasher = await createXXHash64();

/** The low 32 bits of a XXH64 with seed 0: zstd's content checksum (RFC 8878, 3.1.1) and that of a seek table. */
export function xxh64Low(content: Uint8Array): number {
  // The canonical form of a XXH64 is big-endian.
  return Buffer.from(hasher.init().update(content).digest('binary')).readUInt32BE(4);
}
