/** Bytes of content that a block holds. */
export const BLOCK_SIZE: number = 1 << 20;
/** Parts that a block tells of at most: whoever fills blocks has something in memory for each file under way. */
export const MAX_PARTS = 512;
/** Bytes reserved for the digest of a part. */
const DIGEST_SIZE = 64;
const ENDS = 0x8000_0000;

/**
 * A piece of a long stream in shared memory: content that is cut into parts (files, or pieces of them), and room for the
 * digests of those that end here.
 */
export class Block {
  /** All its memory, to be shared with other threads. */
  readonly memory: SharedArrayBuffer;
  /** Where content goes. */
  readonly content: Buffer;
  /** Of each part its length, and in the top bit whether it ends with it. */
  readonly #parts: Uint32Array;
  readonly #digests: Buffer;
  readonly #kinds: number;
  /** Bytes of content. */
  length = 0;
  /** Parts, ended or not. */
  parts = 0;

  /** @param kinds how many digests each part gets. @param memory another thread's, of the same kinds */
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

  /** Where the next content goes, as much as there is room for. */
  get room(): Buffer {
    return this.content.subarray(this.length);
  }

  /** Takes in so many bytes of {@link room} as a part. @param isEnd whether nothing more of it follows */
  addPart(length: number, isEnd: boolean): void {
    this.#parts[this.parts] = length + (isEnd ? ENDS : 0);
    this.parts += 1;
    this.length += length;
  }

  clear(): void {
    this.length = 0;
    this.parts = 0;
  }

  /** Length of a part, and whether it ends with it. */
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
