import { zstdCompressSync } from 'node:zlib';
import { type Output, openOutput } from '@crates-mirror/fs-atomic';

/** What a pipe takes at once, on Linux. */
const PIPE_SIZE = 64 << 10;

/** Where the stream of sidecars goes. */
export interface StreamOut {
  /** Bytes that were taken before nobody read on (`| head`); undefined as long as somebody does. */
  readonly takenAtClose: number | undefined;
  /** Takes the bytes over: their memory is given back once they are written. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> | void;
  /** Gives a file its final name; without it, nothing of that name is touched. */
  commit(): void;
  discard(): void;
}

/**
 * @param target a file's path, or `-`
 * @param isCompressed whether a file is to be zstd's; what is written is compressed already
 * @throws UsageError when it cannot be written to
 */
export function openStream(target: string, isCompressed: boolean): StreamOut {
  return target === '-' ? new StdoutStream() : new FileStream(target, isCompressed);
}

class FileStream implements StreamOut {
  readonly takenAtClose = undefined;
  readonly #file: Output;
  readonly #isCompressed: boolean;
  #isEmpty = true;

  constructor(path: string, isCompressed: boolean) {
    this.#file = openOutput('--jsonl-out', path);
    this.#isCompressed = isCompressed;
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#file.write(bytes);
    if (bytes.length > 0) this.#isEmpty = false;
    release(bytes);
  }

  commit(): void {
    // Without a frame it would be no file of zstd's.
    if (this.#isCompressed && this.#isEmpty) this.#file.write(zstdCompressSync(new Uint8Array()));
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
