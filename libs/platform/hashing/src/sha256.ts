import type { Hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

const READ_SIZE = 1 << 20;
/**
 * Loaded lazily: it takes 5 ms in each thread, and not every thread of every run hashes something.
 */
const crypto = (): typeof import('node:crypto') => process.getBuiltinModule('node:crypto');
/**
 * Shared by all calls, since they are synchronous: a new buffer costs more than hashing a small
 * file.
 */
const piece = Buffer.allocUnsafeSlow(READ_SIZE);

/**
 * SHA-256 of one buffer, lower-case hex. For small input, one call is cheaper than a hash object.
 */
export function sha256Hex(data: Uint8Array | string): string {
  return crypto().hash('sha256', data, 'hex');
}

/** An incremental SHA-256. */
export function createSha256(): Hash {
  return crypto().createHash('sha256');
}

export interface FileDigest {
  /** lower-case hex */
  readonly sha256: string;
  /** bytes read */
  readonly size: number;
}

/** SHA-256 of a file, read in pieces of 1 MiB so that memory does not depend on its size. */
export function sha256File(path: string | Buffer): FileDigest {
  const digest = createSha256();
  const size = hashFile(path, digest);
  return { sha256: digest.digest('hex'), size };
}

/** Adds a file's bytes to a hash. @returns the number of bytes */
export function hashFile(path: string | Buffer, hash: Hash): number {
  const fd = openSync(path, 'r');
  let size = 0;
  try {
    for (;;) {
      const count = readSync(fd, piece, 0, READ_SIZE, null);
      if (count === 0) return size;
      hash.update(piece.subarray(0, count));
      size += count;
    }
  } finally {
    closeSync(fd);
  }
}

/** Whether `text` is a SHA-256 in the index's format: 64 hex digits, lower case. */
export function isSha256Hex(text: unknown): text is string {
  return typeof text === 'string' && /^[0-9a-f]{64}$/.test(text);
}
