import { ArchiveWriter } from '@crates-mirror/tar/archive-writer';
import { type BytePath, bytesOf } from '../byte-path.ts';
import type { OutputFile } from './output-file.ts';

const EXECUTABLE_BITS = 0o111n;

/**
 * Permissions independent of who created the files: readable for all, and executable for all if it
 * is executable for anyone.
 */
export function normalMode(mode: bigint): number {
  return (mode & EXECUTABLE_BITS) === 0n ? 0o644 : 0o755;
}

/** A reproducible archive that is written to an output. */
export class Archive {
  readonly #file: OutputFile;
  readonly #writer: ArchiveWriter;

  /** @param level zstd compression level; undefined for a plain tar */
  constructor(file: OutputFile, level: number | undefined) {
    this.#file = file;
    this.#writer = new ArchiveWriter((bytes) => file.write(bytes), level);
  }

  /** @param mtime whole seconds since 1970 */
  directory(path: BytePath, mtime: number): void {
    this.#writer.begin({ path: bytesOf(path), type: 'directory', size: 0, mode: 0o755, mtime });
  }

  symlink(path: BytePath, target: BytePath, mtime: number): void {
    const member = { type: 'symlink', size: 0, mode: 0o777, mtime } as const;
    this.#writer.begin({ ...member, path: bytesOf(path), target: bytesOf(target) });
  }

  /** Writes the header of a file. Its content must follow, and then {@link endFile}. */
  beginFile(path: BytePath, size: number, mode: number, mtime: number): void {
    this.#writer.begin({ path: bytesOf(path), type: 'file', size, mode, mtime });
  }

  content(piece: Uint8Array): void {
    this.#writer.content(piece);
  }

  endFile(size: number): void {
    this.#writer.endFile(size);
  }

  /** Appends the content of a finished file of this run. */
  async appendFile(file: OutputFile): Promise<void> {
    for (const piece of file.read()) {
      this.content(piece);
      await this.drain();
    }
  }

  /** Waits until buffers are small enough. @throws the system's error */
  async drain(): Promise<void> {
    await this.#writer.drain();
  }

  /** @throws the system's error */
  async finish(): Promise<void> {
    await this.#writer.finish();
    this.#file.finish();
  }
}
