import { SeekableWriter } from '@crates-mirror/zstd';
import { END_OF_ARCHIVE, memberHeader, paddingOf, type TarMember } from './member-header.ts';

const FRAME_SIZE = 4 << 20;
/** The number of threads in libuv's pool. */
const FRAMES_IN_PARALLEL = 4;

/** A reproducible tar, optionally in zstd's seekable format. */
export class ArchiveWriter {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #zstd: SeekableWriter | undefined;

  /**
   * @param write called with the archive's bytes, in order
   * @param level zstd's level; undefined for a plain tar
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

  /** Writes the header of a member. The content of a file must follow, and then {@link endFile}. */
  begin(member: TarMember): void {
    this.#write(memberHeader(member));
  }

  content(piece: Uint8Array): void {
    this.#write(piece);
  }

  endFile(size: number): void {
    this.#write(Buffer.alloc(paddingOf(size)));
  }

  /** Waits until little data is left in memory. @throws any error of writing */
  async drain(): Promise<void> {
    await this.#zstd?.drain();
  }

  /** @throws any error of writing */
  async finish(): Promise<void> {
    this.#write(END_OF_ARCHIVE);
    await this.#zstd?.finish();
  }
}
