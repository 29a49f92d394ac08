import { type Output, openOutput } from '@crates-mirror/fs-atomic';
import { SeekableWriter } from '@crates-mirror/zstd';
import type { SidecarOptions } from './options.ts';

/** Capacity of a pipe on Linux. */
const PIPE_SIZE = 64 << 10;
/**
 * Bytes of lines in a frame of a compressed stream. Reading one line means decompressing this much.
 */
const FRAME_SIZE = 1 << 20;
/** Size of libuv's thread pool. */
const FRAMES_IN_PARALLEL = 4;

/** Destination of the stream of sidecars. */
export interface StreamOut {
  /**
   * Bytes that were accepted before the reader closed the stream (`| head`); undefined while it is
   * open.
   */
  readonly takenAtClose: number | undefined;
  /** Takes ownership of the bytes. Their memory is released once they are written. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> | void;
  /** Renames a file into place. Until then, no file with its final name is changed. */
  commit(): Promise<void> | void;
  discard(): void;
}

/** @throws UsageError if the destination cannot be written */
export function openStream({
  jsonlOut,
  compressLevel,
  concurrency,
}: Pick<SidecarOptions, 'jsonlOut' | 'compressLevel' | 'concurrency'>): StreamOut {
  return jsonlOut === '-' ? new StdoutStream() : new FileStream(jsonlOut, compressLevel, concurrency);
}

class FileStream implements StreamOut {
  readonly takenAtClose = undefined;
  readonly #file: Output;
  readonly #zstd: SeekableWriter | undefined;

  constructor(path: string, level: number | undefined, threads: number) {
    this.#file = openOutput('--jsonl-out', path);
    if (level === undefined) return;
    const inParallel = Math.min(threads, FRAMES_IN_PARALLEL);
    const frames = { size: FRAME_SIZE, areLines: true, level, inParallel };
    this.#zstd = new SeekableWriter((bytes) => this.#file.write(bytes), frames);
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.#zstd === undefined) this.#file.write(bytes);
    else this.#zstd.put(bytes);
    release(bytes);
    await this.#zstd?.drain();
  }

  async commit(): Promise<void> {
    await this.#zstd?.finish();
    this.#file.sync();
    this.#file.commit();
  }

  discard(): void {
    this.#file.discard();
  }
}

class StdoutStream implements StreamOut {
  #taken = 0;
  #isClosed = false;

  get takenAtClose(): number | undefined {
    return this.#isClosed ? this.#taken : undefined;
  }

  /**
   * Writes in parts, because a write that the reader interrupts does not report how many bytes were
   * written.
   */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const parts: Promise<void>[] = [];
    for (let start = 0; start < bytes.length; start += PIPE_SIZE)
      parts.push(this.#writePart(bytes.subarray(start, start + PIPE_SIZE)));
    await Promise.all(parts);
    release(bytes);
  }

  #writePart(part: Uint8Array): Promise<void> {
    const { length } = part;
    return new Promise((done) => {
      process.stdout.write(part, (error) => {
        // The handler for errors of stdout reports why it failed.
        if (error) this.#isClosed = true;
        else this.#taken += length;
        done();
      });
    });
  }

  commit(): void {
    // Already written.
  }

  discard(): void {
    // Output to stdout cannot be undone.
  }
}

/**
 * V8 is slow to collect memory that is not on its heap: with two million entries, 200 MB of it pile
 * up.
 */
function release({ buffer }: Uint8Array<ArrayBuffer>): void {
  buffer.transfer(0);
}
