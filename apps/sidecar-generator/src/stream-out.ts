import { once } from 'node:events';
import { type Output, openOutput } from '@crates-mirror/fs-atomic';

/** Where the stream of sidecars goes. */
export interface StreamOut {
  /** Whether nobody reads on (`| head`). */
  readonly isClosed: boolean;
  /** Takes the bytes over: their memory is given back once they are written. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> | void;
  /** Gives a file its final name; without it, nothing of that name is touched. */
  commit(): void;
  discard(): void;
}

/** @param target a file's path, or `-`. @throws UsageError when it cannot be written to */
export function openStream(target: string): StreamOut {
  return target === '-' ? new StdoutStream() : new FileStream(target);
}

class FileStream implements StreamOut {
  readonly isClosed = false;
  readonly #file: Output;

  constructor(path: string) {
    this.#file = openOutput('--jsonl-out', path);
  }

  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#file.write(bytes);
    release(bytes);
  }

  commit(): void {
    this.#file.sync();
    this.#file.commit();
  }

  discard(): void {
    this.#file.discard();
  }
}

class StdoutStream implements StreamOut {
  get isClosed(): boolean {
    return process.stdout.destroyed;
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { stdout } = process;
    if (stdout.destroyed || stdout.write(bytes, () => release(bytes))) return;
    const gone = new AbortController();
    const { signal } = gone;
    await Promise.race([once(stdout, 'drain', { signal }), once(stdout, 'close', { signal })]).catch(
      () => {},
    );
    gone.abort();
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
