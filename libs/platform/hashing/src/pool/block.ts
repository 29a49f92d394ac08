/** Bytes of content in a block. */
export const BLOCK_SIZE: number = 1 << 20;
/**
 * Most parts in a block: the producer of blocks keeps some state in memory for each file in
 * progress.
 */
export const MAX_PARTS = 512;
/** Bytes reserved for the digest of a part. */
const DIGEST_SIZE = 64;
const ENDS = 0x8000_0000;

/**
 * A piece of a long stream in shared memory: content that is divided into parts (files, or pieces
 * of them), and room for the digests of parts that end here.
 */
export class Block {
  /** All its memory, to share with other threads. */
  readonly memory: SharedArrayBuffer;
  /** The buffer for content. */
  readonly content: Buffer;
  /** The length of each part; the top bit is set if its file ends there. */
  readonly #parts: Uint32Array;
  readonly #digests: Buffer;
  readonly #kinds: number;
  /** Bytes of content. */
  length = 0;
  /** Number of parts, complete or not. */
  parts = 0;

  /**
   * @param kinds number of digests of each part
   * @param memory another thread's, with the same kinds
   */
  constructor(kinds: number, memory?: SharedArrayBuffer) {
    const tableSize = MAX_PARTS * Uint32Array.BYTES_PER_ELEMENT;
    this.#kinds = kinds;
    this.memory = memory ?? new SharedArrayBuffer(BLOCK_SIZE + tableSize + MAX_PARTS * kinds * DIGEST_SIZE);
    this.content = Buffer.from(this.memory, 0, BLOCK_SIZE);
    this.#parts = new Uint32Array(this.memory, BLOCK_SIZE, MAX_PARTS);
    this.#digests = Buffer.from(this.memory, BLOCK_SIZE + tableSize);
  }

  get isFull(): boolean {
    return this.length === BLOCK_SIZE || this.parts === MAX_PARTS;
  }

  /** The free space for content. */
  get room(): Buffer {
    return this.content.subarray(this.length);
  }

  /**
   * Adds bytes written to {@link room} as a part.
   *
   * @param isEnd whether the part's file ends here
   */
  addPart(length: number, isEnd: boolean): void {
    this.#parts[this.parts] = length + (isEnd ? ENDS : 0);
    this.parts += 1;
    this.length += length;
  }

  clear(): void {
    this.length = 0;
    this.parts = 0;
  }

  /** The length of a part, and whether its file ends with it. */
  part(index: number): { length: number; isEnd: boolean } {
    const entry = this.#parts[index] as number;
    return { length: entry & ~ENDS, isEnd: entry >= ENDS };
  }

  setDigest(part: number, kind: number, digest: Uint8Array): void {
    this.#digests.set(digest, (part * this.#kinds + kind) * DIGEST_SIZE);
  }

  /** @returns lower-case hex. @param size bytes */
  digest(part: number, kind: number, size: number): string {
    const offset = (part * this.#kinds + kind) * DIGEST_SIZE;
    return this.#digests.toString('hex', offset, offset + size);
  }
}
