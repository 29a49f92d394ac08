import type { OpenCrateFile } from './open-crate-file.ts';

/** Copies on the local disk of crate files that are far away. */
export interface CrateCache {
  /**
   * Opens a copy, which is made if there is none. Only verified bytes are kept.
   *
   * @param sha256 lower-case hex
   * @param size bytes
   * @param original the bytes of the original; the iteration fails unless they have the checksum
   * @throws any error of the original
   */
  open(sha256: string, size: number, original: () => Promise<AsyncIterable<Buffer>>): Promise<OpenCrateFile>;
}
