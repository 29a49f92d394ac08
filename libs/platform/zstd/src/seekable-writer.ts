import { type Compress, compressor } from './compressor.ts';
import { CHECKSUM_SIZE } from './frame-header.ts';
import { type CheckedSeekEntry, encodeSeekTable } from './seek-table.ts';

const NEWLINE = 0x0a;

export interface FrameOptions {
  /** Bytes of content in a frame. */
  readonly size: number;
  /** Whether a frame ends at a line end, which may make it longer. */
  readonly areLines: boolean;
  readonly level: number;
  /** Maximum number of frames compressed at once. */
  readonly inParallel: number;
}

interface Pending {
  readonly memory: Buffer;
  readonly contentSize: number;
  readonly frame: Promise<Buffer>;
}

/**
 * Writes a file in zstd's seekable format: independent frames, compressed in parallel, and a seek
 * table at the end, so that a reader may begin at any frame. The output depends only on the content
 * and the encoder, not on chunk boundaries or threads.
 */
export class SeekableWriter {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #options: FrameOptions;
  readonly #compress: Compress;
  readonly #entries: CheckedSeekEntry[] = [];
  readonly #pending: Pending[] = [];
  readonly #free: Buffer[] = [];
  #memory: Buffer;
  #held = 0;

  /** @param write called with the file's bytes, in order */
  constructor(write: (bytes: Uint8Array) => void, options: FrameOptions, compress: Compress = compressor()) {
    this.#write = write;
    this.#options = options;
    this.#compress = compress;
    this.#memory = Buffer.allocUnsafeSlow(options.size);
  }

  /** Adds content, which is copied. */
  put(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; ) {
      const end = this.#endOfFrame(bytes, start);
      this.#hold(bytes.subarray(start, end ?? bytes.length));
      if (end !== undefined) this.#endFrame();
      start = end ?? bytes.length;
    }
  }

  /**
   * Waits until the number of frames under way is within its limit.
   *
   * @throws any error of writing or compressing
   */
  async drain(): Promise<void> {
    await this.#complete(this.#options.inParallel);
  }

  /** Writes the remaining content, and the seek table. @throws as {@link drain} */
  async finish(): Promise<void> {
    // Without any frame it would not be a zstd file.
    if (this.#held > 0 || this.#entries.length + this.#pending.length === 0) this.#endFrame();
    await this.#complete(0);
    this.#write(encodeSeekTable(this.#entries));
  }

  /** The position in `bytes` where the current frame ends; undefined if it continues. */
  #endOfFrame(bytes: Uint8Array, start: number): number | undefined {
    const { size, areLines } = this.#options;
    const full = start + Math.max(1, size - this.#held);
    if (full > bytes.length) return undefined;
    if (!areLines) return full;
    const newline = bytes.indexOf(NEWLINE, full - 1);
    return newline === -1 ? undefined : newline + 1;
  }

  #hold(bytes: Uint8Array): void {
    const length = this.#held + bytes.length;
    if (length > this.#memory.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#memory.length));
      this.#memory.copy(larger, 0, 0, this.#held);
      this.#memory = larger;
    }
    this.#memory.set(bytes, this.#held);
    this.#held = length;
  }

  #endFrame(): void {
    const memory = this.#memory;
    const contentSize = this.#held;
    const frame = this.#compress(memory.subarray(0, contentSize), this.#options.level);
    // The error is handled where the frame is awaited.
    frame.catch(() => {});
    this.#pending.push({ memory, contentSize, frame });
    this.#memory = this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#options.size);
    this.#held = 0;
  }

  async #complete(left: number): Promise<void> {
    for (let first = this.#pending[0]; first !== undefined && this.#pending.length > left; ) {
      const bytes = await first.frame;
      const { contentSize, memory } = first;
      this.#write(bytes);
      const checksum = bytes.readUInt32LE(bytes.length - CHECKSUM_SIZE);
      this.#entries.push({ size: bytes.length, contentSize, checksum });
      this.#free.push(memory);
      this.#pending.shift();
      first = this.#pending[0];
    }
  }
}
