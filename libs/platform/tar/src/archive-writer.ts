import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { END_OF_ARCHIVE, memberHeader, paddingOf, type TarMember } from './member-header.ts';

const compress = promisify(zstdCompress);
const FRAME_SIZE = 4 << 20;
/** Frames in memory at once. */
const MAX_FRAMES = 4;

/** A reproducible tar, or the same as zstd frames that are compressed side by side. */
export class ArchiveWriter {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #isCompressed: boolean;
  #frame = Buffer.allocUnsafeSlow(FRAME_SIZE);
  #held = 0;
  readonly #frames: Promise<Buffer>[] = [];

  /** @param write takes the archive's bytes, in order */
  constructor(write: (bytes: Uint8Array) => void, isCompressed: boolean) {
    this.#write = write;
    this.#isCompressed = isCompressed;
  }

  /** The header of a member. The content of a file must follow, and then {@link endFile}. */
  begin(member: TarMember): void {
    this.#put(memberHeader(member));
  }

  content(piece: Uint8Array): void {
    this.#put(piece);
  }

  endFile(size: number): void {
    this.#put(Buffer.alloc(paddingOf(size)));
  }

  /** Waits until little enough is in memory. @throws what writing throws */
  async drain(): Promise<void> {
    await this.#writeFrames(MAX_FRAMES);
  }

  /** @throws what writing throws */
  async finish(): Promise<void> {
    this.#put(END_OF_ARCHIVE);
    this.#endFrame();
    await this.#writeFrames(0);
  }

  #put(bytes: Uint8Array): void {
    if (!this.#isCompressed) {
      this.#write(bytes);
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
    while (this.#frames.length > left) this.#write(await (this.#frames.shift() as Promise<Buffer>));
  }
}
