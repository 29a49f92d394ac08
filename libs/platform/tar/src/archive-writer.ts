import { SeekableWriter } from '@crates-mirror/zstd';
import { END_OF_ARCHIVE, memberHeader, paddingOf, type TarMember } from './member-header.ts';

const FRAME_SIZE = 4 << 20;
/** libuv's thread pool has as many threads. */
const FRAMES_IN_PARALLEL = 4;

/** A reproducible tar, or the same in zstd's seekable format. */
export class ArchiveWriter {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #zstd: SeekableWriter | undefined;

  /**
   * @param write takes the archive's bytes, in order
   * @param level zstd's; undefined for a plain tar
   */
  constructor(write: (bytes: Uint8Array) => void, level: number | undefined) {
    if (level === undefined) {
      this.#write = write;
      return;
    }
    const frames = { size: FRAME_SIZE, areLines: false, level, inParallel: FRAMES_IN_PARALLEL };
    const zstd = new SeekableWriter(write, frames);
    this.#zstd = zstd;
    this.#write = (bytes) => zstd.put(bytes);
  }

  /** The header of a member. The content of a file must follow, and then {@link endFile}. */
  begin(member: TarMember): void {
    this.#write(memberHeader(member));
  }

  content(piece: Uint8Array): void {
    this.#write(piece);
  }

  endFile(size: number): void {
    this.#write(Buffer.alloc(paddingOf(size)));
  }

  /** Waits until little enough is in memory. @throws what writing throws */
  async drain(): Promise<void> {
    await this.#zstd?.drain();
  }

  /** @throws what writing throws */
  async finish(): Promise<void> {
    this.#write(END_OF_ARCHIVE);
    await this.#zstd?.finish();
  }
}
