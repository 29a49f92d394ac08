import {
  BundleFolder,
  BundleWriter,
  FrameBuilder,
  type Member,
  type NewCatalogEntry,
} from '@crates-mirror/bundle';
import type { CrateFiles, Place, WantedFile } from '@crates-mirror/crate-files';
import { AtomicFile, makeDirectories } from '@crates-mirror/fs-atomic';
import { crateUrls, type Layout, mirrorHome, prepareHome } from '@crates-mirror/layout';
import { PackedMembers } from './packed-members.ts';
import { SmallFiles } from './small-files.ts';

/** Larger crate files get frames of their own. bytes */
const MAX_SHARED = 1 << 20;
/**
 * Larger crate files are not held in memory. crates.io accepts up to 10 MB without an exception.
 * bytes
 */
const MAX_IN_MEMORY = 32 << 20;
/** Maximum number of frames that wait for the disk. */
const MAX_WAITING = 4;
const UPSTREAM = 'https://static.crates.io/crates';

export interface CratePackerOptions {
  /** Root of the loose files. */
  readonly mirror: string;
  /** Directory for the bundles. Bundles of an interrupted run in it are resumed. */
  readonly directory: string;
  readonly layout: Layout;
  readonly firstNumber: number;
  /** Maximum bytes of a bundle. */
  readonly bundleSize: number;
  /** Maximum bytes of a frame. */
  readonly frameSize: number;
}

/** Puts crate files into bundles, as the downloader does. Every byte is verified on the way. */
export class CratePacker {
  readonly finished: NewCatalogEntry[] = [];
  /** Crate files that an interrupted run has packed. */
  readonly packed: PackedMembers;
  readonly #files: CrateFiles;
  readonly #layout: Layout;
  readonly #directory: string;
  readonly #writer: BundleWriter;
  readonly #frames: FrameBuilder;
  readonly #waiting: Promise<void>[] = [];
  readonly #small: SmallFiles;
  readonly #urlOf = crateUrls(UPSTREAM);

  static async open(files: CrateFiles, options: CratePackerOptions): Promise<CratePacker> {
    const { directory, layout, firstNumber } = options;
    makeDirectories(directory);
    const home = mirrorHome(directory);
    prepareHome(home, layout, [home.temporaryDirectory, home.membersDirectory]);
    const folder = await BundleFolder.open({
      directory,
      verifyAll: false,
      firstNumber,
      onNote: () => {},
    });
    return new CratePacker(files, folder, options);
  }

  private constructor(files: CrateFiles, folder: BundleFolder, options: CratePackerOptions) {
    const { directory, layout, bundleSize, frameSize } = options;
    this.#files = files;
    this.#small = new SmallFiles(options.mirror, layout, MAX_SHARED);
    this.#layout = layout;
    this.#directory = directory;
    this.packed = new PackedMembers(folder, layout);
    this.finished.push(...this.packed.bundles);
    this.#frames = new FrameBuilder(frameSize);
    this.#writer = new BundleWriter(folder, {
      sizeLimit: bundleSize,
      frameSize,
      onFinished: (entry) => void this.finished.push(entry),
    });
  }

  /**
   * Adds a crate file if it is small and loose, as most are.
   *
   * @returns its size; undefined for anything else
   * @throws CodedError if the bundle cannot be written
   */
  async addSmall(wanted: WantedFile): Promise<number | undefined> {
    const content = this.#small.read(wanted);
    if (content === undefined) return undefined;
    await this.#addContent(this.#memberOf(wanted, content.length), content);
    return content.length;
  }

  /**
   * Adds a crate file from its place in the mirror.
   *
   * @returns its size; undefined if the mirror has no intact copy
   * @throws CodedError if a copy cannot be read at the moment, or the bundle cannot be written
   */
  async add(wanted: WantedFile, place: Place): Promise<number | undefined> {
    return this.#files.use(wanted, (from) => this.#addFrom(wanted, from), place);
  }

  /** Adds a crate file from any place in the mirror. @returns as {@link add} does */
  async addHeld(wanted: WantedFile): Promise<number | undefined> {
    return (await this.addSmall(wanted)) ?? this.#files.use(wanted, (from) => this.#addFrom(wanted, from));
  }

  /** Finishes the last bundle. @throws CodedError */
  async finish(): Promise<void> {
    this.#takeFrame();
    await this.#drain(0);
    await this.#writer.close();
  }

  /** Closes the files as they are. */
  async abandon(): Promise<void> {
    await Promise.allSettled(this.#waiting);
    await this.#writer.abandon();
  }

  async #addFrom(wanted: WantedFile, place: Place): Promise<number> {
    const member = this.#memberOf(wanted, place.size);
    if (place.size > MAX_SHARED) await this.#addLarge(wanted, place, member);
    else await this.#addContent(member, await this.#files.load(wanted, place));
    return place.size;
  }

  #memberOf(wanted: WantedFile, size: number): Member {
    const { name, version, sha256 } = wanted;
    return { url: this.#urlOf(wanted), name, version, path: this.#layout.pathOf(wanted), size, sha256 };
  }

  async #addContent(member: Member, content: Buffer): Promise<void> {
    if (this.#frames.add(member, content)) return;
    this.#takeFrame();
    // Adds the content now, because its memory may be reused for the next file.
    this.#frames.add(member, content);
    await this.#drain(MAX_WAITING);
  }

  /**
   * Bundles exactly the bytes that were verified, from memory or a copy, because the mirror's file
   * could change meanwhile.
   */
  async #addLarge(wanted: WantedFile, place: Place, member: Member): Promise<void> {
    if (place.size <= MAX_IN_MEMORY) {
      await this.#append(await this.#files.load(wanted, place), member);
      return;
    }
    const copy = new AtomicFile(mirrorHome(this.#directory).temporaryDirectory);
    try {
      for await (const piece of this.#files.pieces(wanted, place)) copy.write(piece);
      await this.#append(copy.temporaryPath, member);
    } finally {
      copy.discard();
    }
  }

  async #append(source: string | Buffer, member: Member): Promise<void> {
    this.#takeFrame();
    await this.#drain(0);
    await this.#writer.append({ source, member });
  }

  #takeFrame(): void {
    if (this.#frames.isEmpty) return;
    const frame = this.#frames.take();
    const written = this.#writer.append(frame).then(() => this.#frames.reuse(frame.memory));
    // The failure is handled when the frame is awaited.
    written.catch(() => {});
    this.#waiting.push(written);
  }

  async #drain(left: number): Promise<void> {
    while (this.#waiting.length > left) await this.#waiting.shift();
  }
}
