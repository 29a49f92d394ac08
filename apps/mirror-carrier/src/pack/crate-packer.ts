import { mkdirSync } from 'node:fs';
import {
  BundleFolder,
  BundleWriter,
  FrameBuilder,
  type Member,
  type NewCatalogEntry,
} from '@crates-mirror/bundle';
import type { CrateFiles, Place, WantedFile } from '@crates-mirror/crate-files';
import { AtomicFile } from '@crates-mirror/fs-atomic';
import { crateUrls, type Layout, mirrorHome, prepareHome } from '@crates-mirror/layout';

/** What a larger crate file needs is not held in memory. bytes */
const MAX_SHARED = 1 << 20;
const MAX_FRAME = 4 << 20;
const MIN_FRAME = 64 << 10;
/** A bundle holds so many frames at least, so that small bundles come out near their size. */
const MIN_FRAMES = 8;
/** Frames that wait for the disk. */
const MAX_WAITING = 4;
const UPSTREAM = 'https://static.crates.io/crates';

export interface CratePackerOptions {
  /** Where the bundles are made; it is not there yet. */
  readonly directory: string;
  readonly layout: Layout;
  readonly firstNumber: number;
  /** Bytes that a bundle has at most. */
  readonly bundleSize: number;
}

/** Puts crate files into bundles, as the downloader does. Every byte is checked on the way. */
export class CratePacker {
  readonly finished: NewCatalogEntry[] = [];
  readonly #files: CrateFiles;
  readonly #layout: Layout;
  readonly #directory: string;
  readonly #writer: BundleWriter;
  readonly #frames: FrameBuilder;
  readonly #waiting: Promise<void>[] = [];
  readonly #urlOf = crateUrls(UPSTREAM);

  static async open(files: CrateFiles, options: CratePackerOptions): Promise<CratePacker> {
    const { directory, layout, firstNumber } = options;
    mkdirSync(directory);
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
    const { directory, layout, bundleSize } = options;
    const share = Math.floor(bundleSize / MIN_FRAMES);
    const frameSize = Math.min(MAX_FRAME, Math.max(MIN_FRAME, share));
    this.#files = files;
    this.#layout = layout;
    this.#directory = directory;
    this.#frames = new FrameBuilder(frameSize);
    this.#writer = new BundleWriter(folder, {
      sizeLimit: bundleSize,
      frameSize,
      onFinished: (entry) => this.finished.push(entry),
    });
  }

  /**
   * Adds a crate file from where the mirror has it.
   *
   * @returns its size; undefined where the mirror has no whole copy of it
   * @throws CodedError where a copy cannot be read now, or the bundle cannot be written
   */
  async add(wanted: WantedFile, place: Place): Promise<number | undefined> {
    return this.#files.use(wanted, (from) => this.#addFrom(wanted, from), place);
  }

  /** Finishes the last bundle. @throws CodedError */
  async finish(): Promise<void> {
    this.#takeFrame();
    await this.#drain(0);
    await this.#writer.close();
  }

  /** Lets go of the files as they are. */
  async abandon(): Promise<void> {
    await Promise.allSettled(this.#waiting);
    await this.#writer.abandon();
  }

  async #addFrom(wanted: WantedFile, place: Place): Promise<number> {
    const { name, version, sha256 } = wanted;
    const path = this.#layout.pathOf(wanted);
    const member = { url: this.#urlOf(wanted), name, version, path, size: place.size, sha256 };
    if (place.size > MAX_SHARED) await this.#addLarge(wanted, place, member);
    else {
      const content = await this.#files.load(wanted, place);
      if (!this.#frames.add(member, content)) {
        this.#takeFrame();
        await this.#drain(MAX_WAITING);
        this.#frames.add(member, content);
      }
    }
    return place.size;
  }

  /** A copy whose bytes were checked is bundled: those of the mirror could change meanwhile. */
  async #addLarge(wanted: WantedFile, place: Place, member: Member): Promise<void> {
    const copy = new AtomicFile(mirrorHome(this.#directory).temporaryDirectory);
    try {
      for await (const piece of this.#files.pieces(wanted, place)) copy.write(piece);
      this.#takeFrame();
      await this.#drain(0);
      await this.#writer.append({ source: copy.temporaryPath, member });
    } finally {
      copy.discard();
    }
  }

  #takeFrame(): void {
    if (this.#frames.isEmpty) return;
    const frame = this.#frames.take();
    const written = this.#writer.append(frame).then(() => this.#frames.reuse(frame.memory));
    // A failure is met where the frame is waited for.
    written.catch(() => {});
    this.#waiting.push(written);
  }

  async #drain(left: number): Promise<void> {
    while (this.#waiting.length > left) await this.#waiting.shift();
  }
}
