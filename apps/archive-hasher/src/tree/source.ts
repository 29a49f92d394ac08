import { createSha256 } from '@crates-mirror/hashing';

const READ_SIZE = 1 << 20;

/** The content of a file, with exactly the size that it had when it was found. */
export interface Source {
  /**
   * Reads the next bytes. Missing ones are zeros.
   *
   * @param room no larger than the remaining size of the file
   */
  fill(room: Buffer): void | Promise<void>;
  /** @returns why the bytes that were read may differ from the file */
  close(): string | undefined;
}

/**
 * Reads a source to its end, and closes it.
 *
 * @param size bytes
 * @returns its SHA-256, lower-case hex, and why that may not be the file's
 */
export async function digestOf(
  source: Source,
  size: number,
): Promise<{ readonly sha256: string; readonly problem: string | undefined }> {
  const digest = createSha256();
  const room = Buffer.alloc(Math.min(size, READ_SIZE));
  let problem: string | undefined;
  try {
    for (let left = size; left > 0; left -= room.length) {
      const piece = room.subarray(0, left);
      await source.fill(piece);
      digest.update(piece);
    }
  } finally {
    problem = source.close();
  }
  return { sha256: digest.digest('hex'), problem };
}
