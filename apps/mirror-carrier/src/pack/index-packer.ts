import type { WantedFile } from '@crates-mirror/crate-files';
import type { ParcelFile } from '../parcel/manifest.ts';
import { INDEX_REMOVED_NAME, indexArchiveName, NOT_HELD_NAME, REMOVALS_NAME } from '../parcel/names.ts';
import { encodeRemoval, type RemovalInstruction } from '../parcel/removal-list.ts';
import { ArchivePacker } from './archive-packer.ts';
import { PlainFile } from './plain-file.ts';

/**
 * Writes a parcel's index data: archives of changed files, a list of removed ones, and the list of
 * versions that are not held.
 */
export class IndexPacker {
  readonly #directory: string;
  readonly #archives: ArchivePacker;
  readonly #lists: ParcelFile[] = [];
  #removed: PlainFile | undefined;
  #notHeld: PlainFile | undefined;
  #withdrawn: PlainFile | undefined;

  /**
   * @param archiveSize maximum bytes of tar in an archive, unless a single file is larger
   * @param packedAt mtime of all files
   */
  constructor(directory: string, archiveSize: number, packedAt: Date) {
    this.#directory = directory;
    this.#archives = new ArchivePacker({
      directory,
      kind: 'index',
      nameOf: indexArchiveName,
      archiveSize,
      packedAt,
    });
  }

  get finished(): readonly ParcelFile[] {
    return [...this.#archives.finished, ...this.#lists];
  }

  add(path: string, content: Buffer): Promise<void> {
    return this.#archives.add(path, content);
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
    await this.#archives.finish();
    const [removed, notHeld, withdrawn] = [this.#removed, this.#notHeld, this.#withdrawn];
    if (removed !== undefined) this.#lists.push(removed.finish('index-removed', INDEX_REMOVED_NAME));
    if (notHeld !== undefined) this.#lists.push(notHeld.finish('not-held', NOT_HELD_NAME));
    if (withdrawn !== undefined) this.#lists.push(withdrawn.finish('removals', REMOVALS_NAME));
  }

  /** Closes unfinished files. */
  abandon(): void {
    this.#archives.abandon();
    for (const file of [this.#removed, this.#notHeld, this.#withdrawn]) file?.discard();
  }
}
