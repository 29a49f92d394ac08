import { Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { FrameEnd, frameKind, MAGIC_SIZE } from '@crates-mirror/zstd/frame-end';
import { type BundleError, damaged } from '../format/bundle-error.ts';

/** Bytes of a decoded piece. */
const PIECE = 1 << 20;

/**
 * Decodes a file of zstd frames, one after the other (RFC 8878, 3). Each gets a decoder of its own:
 * Node.js up to 24 ends a decoded stream after the first frame, without an error.
 *
 * @throws BundleError if a frame is damaged or cut short, or other bytes follow one
 */
export async function* decompress(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const frames = new Frames(input);
  while (await frames.begin()) yield* decoded(frames.pieces());
}

async function* decoded(frame: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder = createZstdDecompress({ chunkSize: PIECE });
  const source = Readable.from(frame, { objectMode: false });
  source.on('error', (error) => decoder.destroy(error));
  source.pipe(decoder);
  try {
    for await (const piece of decoder) yield piece as Buffer;
  } finally {
    source.destroy();
    decoder.destroy();
  }
}

/** Divides a stream of bytes into frames. */
class Frames {
  readonly #input: AsyncIterator<Buffer>;
  /** Bytes that were read and belong to no frame yet. */
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes of all frames so far. */
  #passed = 0;

  constructor(input: AsyncIterable<Buffer>) {
    this.#input = input[Symbol.asyncIterator]();
  }

  /**
   * Skips frames without content.
   *
   * @returns whether there is a further frame
   * @throws BundleError if the input is empty, or what follows is no frame
   */
  async begin(): Promise<boolean> {
    for (;;) {
      if (!(await this.#fill(MAGIC_SIZE))) {
        if (this.#passed === 0 && this.#rest.length === 0) throw damaged('cut short');
        if (this.#rest.length === 0) return false;
        throw this.#noFrame();
      }
      const kind = frameKind(this.#rest);
      if (kind === 'frame') return true;
      if (kind === undefined) throw this.#noFrame();
      for await (const _ of this.pieces());
    }
  }

  #noFrame(): BundleError {
    return damaged(
      this.#passed === 0
        ? 'not compressed with zstd, or damaged'
        : `damaged: what follows its first ${this.#passed} bytes is no zstd frame`,
    );
  }

  /** The bytes of the next frame, which must be read to their end. */
  async *pieces(): AsyncGenerator<Buffer> {
    const end = new FrameEnd();
    while (!end.isOver) {
      if (!(await this.#fill(1))) throw damaged('cut short');
      const count = end.advance(this.#rest);
      const piece = this.#rest.subarray(0, count);
      this.#rest = this.#rest.subarray(count);
      this.#passed += count;
      yield piece;
    }
  }

  /** Reads until there are this many bytes. @returns false if the input ends before */
  async #fill(least: number): Promise<boolean> {
    while (this.#rest.length < least) {
      const { value, done } = await this.#input.next();
      if (done === true) return false;
      this.#rest = this.#rest.length === 0 ? value : Buffer.concat([this.#rest, value]);
    }
    return true;
  }
}
