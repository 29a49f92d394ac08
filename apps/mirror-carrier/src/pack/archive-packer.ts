import { ArchiveWriter } from '@crates-mirror/tar/archive-writer';
import { DEFAULT_LEVEL } from '@crates-mirror/zstd/level';
import type { FileKind, ParcelFile } from '../parcel/manifest.ts';
import { PlainFile } from './plain-file.ts';

const MODE = 0o644;
/** Maximum bytes of a member's header and padding. */
const OVERHEAD = 4096;

interface OpenArchive {
  readonly file: PlainFile;
  readonly writer: ArchiveWriter;
  readonly name: string;
}

export interface ArchivePackerOptions {
  readonly directory: string;
  readonly kind: FileKind;
  /** @param number 1-based */
  readonly nameOf: (number: number) => string;
  /** Maximum bytes of tar in an archive, unless a single file is larger. */
  readonly archiveSize: number;
  /** mtime of all files, by which web servers detect changed files. */
  readonly packedAt: Date;
}

/** Writes the small files of a parcel into archives of a limited size. */
export class ArchivePacker {
  readonly finished: ParcelFile[] = [];
  readonly #options: ArchivePackerOptions;
  readonly #mtime: number;
  #archive: OpenArchive | undefined;
  #archived = 0;

  constructor(options: ArchivePackerOptions) {
    this.#options = options;
    this.#mtime = Math.floor(options.packedAt.getTime() / 1000);
  }

  async add(path: string, content: Buffer): Promise<void> {
    const size = content.length;
    if (this.#archive !== undefined && this.#archived + size + OVERHEAD > this.#options.archiveSize)
      await this.finish();
    this.#archive ??= this.#open();
    const { writer } = this.#archive;
    writer.begin({ path: Buffer.from(path), type: 'file', size, mode: MODE, mtime: this.#mtime });
    writer.content(content);
    writer.endFile(size);
    this.#archived += size + OVERHEAD;
    await writer.drain();
  }

  /** Completes the archive that is being written. */
  async finish(): Promise<void> {
    const archive = this.#archive;
    if (archive === undefined) return;
    await archive.writer.finish();
    this.finished.push(archive.file.finish(this.#options.kind, archive.name));
    this.#archive = undefined;
  }

  /** Closes the archive that is being written. */
  abandon(): void {
    this.#archive?.file.discard();
  }

  #open(): OpenArchive {
    const { directory, nameOf } = this.#options;
    const name = nameOf(this.finished.length + 1);
    const file = new PlainFile(directory, name);
    this.#archived = 0;
    return { file, name, writer: new ArchiveWriter((bytes) => file.write(bytes), DEFAULT_LEVEL) };
  }
}
