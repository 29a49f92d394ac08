import { type Output, openOutput } from '@crates-mirror/fs-atomic';
import { SeekableWriter } from '@crates-mirror/zstd';
import type { SidecarOptions } from './options.ts';

/** What a pipe takes at once, on Linux. */
const PIPE_SIZE = 64 << 10;
/** Of lines in a frame of a compressed stream: to read one line is to decompress so much. */
const FRAME_SIZE = 1 << 20;
/** libuv's thread pool has as many threads. */
const FRAMES_IN_PARALLEL = 4;

/** Where the stream of sidecars goes. */
export interface StreamOut {
  /** Bytes that were taken before nobody read on (`| head`); undefined as long as somebody does. */
  readonly takenAtClose: number | undefined;
  /** Takes the bytes over: their memory is given back once they are written. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> | void;
  /** Gives a file its final name; without it, nothing of that name is touched. */
  commit(): Promise<void> | void;
  discard(): void;
}

/** @throws UsageError when it cannot be written to */
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

  /** In parts, since of a write that a reader cuts short nobody tells how far it got. */
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
        // Why it was not taken is told where all errors of stdout are.
        if (error) this.#isClosed = true;
        else this.#taken += length;
        done();
      });
    });
  }

  commit(): void {
    // Written already.
  }

  discard(): void {
    // Too late.
  }
}

/** V8 takes its time to collect megabytes that it does not count as its own: at two million entries, 200 MB of them. */
function release({ buffer }: Uint8Array<ArrayBuffer>): void {
  buffer.transfer(0);
}
