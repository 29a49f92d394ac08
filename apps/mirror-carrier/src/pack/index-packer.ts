import { join } from 'node:path';
import type { WantedFile } from '@crates-mirror/crate-files';
import { AtomicFile } from '@crates-mirror/fs-atomic';
import { createSha256 } from '@crates-mirror/hashing/sha256';
import { ArchiveWriter } from '@crates-mirror/tar/archive-writer';
import { DEFAULT_LEVEL } from '@crates-mirror/zstd/level';
import type { FileKind, ParcelFile } from '../parcel/manifest.ts';
import { INDEX_REMOVED_NAME, indexArchiveName, NOT_HELD_NAME, REMOVALS_NAME } from '../parcel/names.ts';
import { encodeRemoval, type RemovalInstruction } from '../parcel/removal-list.ts';

const MODE = 0o644;
/** Maximum bytes of a member's header and padding. */
const OVERHEAD = 4096;

/** A file of a parcel that is written once, in pieces, and hashed while it is written. */
class PlainFile {
  readonly #file: AtomicFile;
  readonly #path: string;
  readonly #digest = createSha256();
  #size = 0;

  constructor(directory: string, name: string) {
    this.#path = join(directory, name);
    this.#file = new AtomicFile({ temporaryPath: `${this.#path}.partial` });
  }

  write(bytes: Uint8Array): void {
    this.#digest.update(bytes);
    this.#size += bytes.length;
    this.#file.write(bytes);
  }

  finish(kind: FileKind, name: string): ParcelFile {
    this.#file.sync();
    this.#file.commit(this.#path);
    return { kind, name, size: this.#size, sha256: this.#digest.digest('hex') };
  }

  discard(): void {
    this.#file.discard();
  }
}

/**
 * Writes a parcel's index data: archives of changed files, a list of removed ones, and the list of
 * versions that are not held.
 */
export class IndexPacker {
  readonly finished: ParcelFile[] = [];
  readonly #directory: string;
  readonly #archiveSize: number;
  readonly #mtime: number;
  #archive: { readonly file: PlainFile; readonly writer: ArchiveWriter; readonly name: string } | undefined;
  #archived = 0;
  #removed: PlainFile | undefined;
  #notHeld: PlainFile | undefined;
  #withdrawn: PlainFile | undefined;

  /**
   * @param archiveSize maximum bytes of tar in an archive, unless a single file is larger
   * @param packedAt mtime of all files, by which web servers detect changed files
   */
  constructor(directory: string, archiveSize: number, packedAt: Date) {
    this.#directory = directory;
    this.#archiveSize = archiveSize;
    this.#mtime = Math.floor(packedAt.getTime() / 1000);
  }

  async add(path: string, content: Buffer): Promise<void> {
    const size = content.length;
    if (this.#archive !== undefined && this.#archived + size + OVERHEAD > this.#archiveSize)
      await this.#finishArchive();
    this.#archive ??= this.#open();
    const { writer } = this.#archive;
    writer.begin({ path: Buffer.from(path), type: 'file', size, mode: MODE, mtime: this.#mtime });
    writer.content(content);
    writer.endFile(size);
    this.#archived += size + OVERHEAD;
    await writer.drain();
  }

  remove(path: string): void {
    this.#removed ??= new PlainFile(this.#directory, INDEX_REMOVED_NAME);
    this.#removed.write(Buffer.from(`${path}\n`));
  }

  /** Adds a version whose crate file the sender does not hold at the moment. */
  lack({ name, version, sha256 }: WantedFile): void {
    this.#notHeld ??= new PlainFile(this.#directory, NOT_HELD_NAME);
    this.#notHeld.write(Buffer.from(`${JSON.stringify({ name, version, sha256 })}\n`));
  }

  /** Adds an instruction to remove a crate file. */
  withdraw(removal: RemovalInstruction): void {
    this.#withdrawn ??= new PlainFile(this.#directory, REMOVALS_NAME);
    this.#withdrawn.write(Buffer.from(encodeRemoval(removal)));
  }

  async finish(): Promise<void> {
    await this.#finishArchive();
    const [removed, notHeld, withdrawn] = [this.#removed, this.#notHeld, this.#withdrawn];
    if (removed !== undefined) this.finished.push(removed.finish('index-removed', INDEX_REMOVED_NAME));
    if (notHeld !== undefined) this.finished.push(notHeld.finish('not-held', NOT_HELD_NAME));
    if (withdrawn !== undefined) this.finished.push(withdrawn.finish('removals', REMOVALS_NAME));
  }

  /** Closes unfinished files. */
  abandon(): void {
    for (const file of [this.#archive?.file, this.#removed, this.#notHeld, this.#withdrawn]) file?.discard();
  }

  #open(): { file: PlainFile; writer: ArchiveWriter; name: string } {
    const name = indexArchiveName(this.finished.length + 1);
    const file = new PlainFile(this.#directory, name);
    this.#archived = 0;
    return { file, name, writer: new ArchiveWriter((bytes) => file.write(bytes), DEFAULT_LEVEL) };
  }

  async #finishArchive(): Promise<void> {
    const archive = this.#archive;
    if (archive === undefined) return;
    await archive.writer.finish();
    this.finished.push(archive.file.finish('index', archive.name));
    this.#archive = undefined;
  }
}
