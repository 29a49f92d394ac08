import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { END_OF_ARCHIVE, memberHeader, paddingOf } from '@crates-mirror/tar';
import { type BytePath, bytesOf } from '../byte-path.ts';
import type { OutputFile } from './output-file.ts';

const compress = promisify(zstdCompress);
const FRAME_SIZE = 4 << 20;
/** Frames in memory at once. */
const MOST_FRAMES = 4;
const EXECUTABLE_BITS = 0o111n;

/** Permissions that do not depend on who made the files: read for all, and run for all where anyone may. */
export function normalMode(mode: bigint): number {
  return (mode & EXECUTABLE_BITS) === 0n ? 0o644 : 0o755;
}

/** A reproducible tar, or the same as zstd frames that are compressed side by side. */
export class Archive {
  readonly #file: OutputFile;
  readonly #isCompressed: boolean;
  #frame = Buffer.allocUnsafeSlow(FRAME_SIZE);
  #held = 0;
  readonly #frames: Promise<Buffer>[] = [];

  constructor(file: OutputFile, isCompressed: boolean) {
    this.#file = file;
    this.#isCompressed = isCompressed;
  }

  /** @param mtime whole seconds since 1970 */
  directory(path: BytePath, mtime: number): void {
    this.#put(memberHeader({ path: bytesOf(path), type: 'directory', size: 0, mode: 0o755, mtime }));
  }

  symlink(path: BytePath, target: BytePath, mtime: number): void {
    const member = { type: 'symlink', size: 0, mode: 0o777, mtime } as const;
    this.#put(memberHeader({ ...member, path: bytesOf(path), target: bytesOf(target) }));
  }

  /** The header of a file; its content must follow, and then {@link endFile}. */
  beginFile(path: BytePath, size: number, mode: number, mtime: number): void {
    this.#put(memberHeader({ path: bytesOf(path), type: 'file', size, mode, mtime }));
  }

  content(piece: Uint8Array): void {
    this.#put(piece);
  }

  endFile(size: number): void {
    this.#put(Buffer.alloc(paddingOf(size)));
  }

  /** The content of a finished file of this run. */
  async appendFile(file: OutputFile): Promise<void> {
    for (const piece of file.read()) {
      this.#put(piece);
      await this.drain();
    }
  }

  /** Waits until little enough is in memory. @throws the system's error */
  async drain(): Promise<void> {
    await this.#writeFrames(MOST_FRAMES);
  }

  /** @throws the system's error */
  async finish(): Promise<void> {
    this.#put(END_OF_ARCHIVE);
    this.#endFrame();
    await this.#writeFrames(0);
    this.#file.finish();
  }

  #put(bytes: Uint8Array): void {
    if (!this.#isCompressed) {
      this.#file.write(bytes);
      return;
    }
    for (let start = 0; start < bytes.length; ) {
      const part = bytes.subarray(start, start + FRAME_SIZE - this.#held);
      this.#frame.set(part, this.#held);
      this.#held += part.length;
      start += part.length;
      if (this.#held === FRAME_SIZE) this.#endFrame();
    }
  }

  #endFrame(): void {
    if (this.#held === 0) return;
    const content = this.#frame.subarray(0, this.#held);
    const frame = compress(content, {
      params: { [constants.ZSTD_c_checksumFlag]: 1 },
      pledgedSrcSize: content.length,
    });
    // A failure is met where the frame is waited for.
    frame.catch(() => {});
    this.#frames.push(frame);
    this.#frame = Buffer.allocUnsafeSlow(FRAME_SIZE);
    this.#held = 0;
  }

  async #writeFrames(left: number): Promise<void> {
    while (this.#frames.length > left) this.#file.write(await (this.#frames.shift() as Promise<Buffer>));
  }
}
