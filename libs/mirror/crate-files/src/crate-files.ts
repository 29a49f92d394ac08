import { CodedError, errorCode } from '@crates-mirror/errors';
import { createSha256, sha256Hex } from '@crates-mirror/hashing';
import type { Layout } from '@crates-mirror/layout';
import { BundleShelf } from './bundles/bundle-shelf.ts';
import { type BundleSource, bundlesIn } from './bundles/bundle-source.ts';
import { type LostBundles, NOTHING_LOST } from './bundles/lost-bundles.ts';
import type { CrateCache } from './crate-cache.ts';
import { CrateLookup } from './crate-lookup.ts';
import { DamageNotes } from './damage-notes.ts';
import { type LookupResult, placeOf } from './lookup-result.ts';
import { LooseFiles } from './loose-files.ts';
import type { LooseSource } from './loose-source.ts';
import type { OpenCrateFile } from './open-crate-file.ts';
import {
  describeDamage,
  describePlace,
  keyOf,
  type OnDamage,
  type OnNote,
  type Place,
  type WantedFile,
} from './place.ts';
import { readError } from './read-error.ts';

export interface CrateFilesOptions {
  /** Root of the loose files, if any; or where they are instead of in a directory. */
  readonly mirror: { readonly root: string; readonly layout: Layout } | LooseSource | undefined;
  /** Folder of bundles, if any; or where they are instead. */
  readonly bundlesDirectory: string | BundleSource | undefined;
  /** Copies on the local disk of files that are far away. */
  readonly cache?: CrateCache;
  readonly onNote: OnNote;
  /** By default, a note for each damaged copy. */
  readonly onDamage?: OnDamage;
  /** ms after which a damaged copy is checked again; default one minute */
  readonly recheckAfter?: number;
}

/** State on which the places of some files depend. */
export interface FilesState {
  /** While this is unchanged, files that were found are still where they were. */
  readonly key: string;
  /** While this is unchanged too, files that were not found are still not held. */
  readonly additions: number;
  /** Time of the last change, ms since the epoch. */
  readonly changedAt: number;
}

/** Maximum age of the bundles’ inventory before the state is computed. */
const BUNDLES_FRESH_MS = 1000;
const RECHECK_AFTER_MS = 60_000;
/** With more directories for one crate, checking them costs as much as checking the files. */
const MAX_DIRECTORIES = 8;
/** Places tried for one file. */
const MAX_ATTEMPTS = 4;
/** Errors that mean that a copy was moved or replaced. */
const MOVED: ReadonlySet<string> = new Set(['gone', 'changed']);
/** Errors that mean that a place does not hold the copy: it was moved, replaced or damaged. */
const NOT_THERE: ReadonlySet<string> = new Set([...MOVED, 'damaged', 'ENOENT']);

/**
 * The crate files that a mirror holds, loose or in bundles. Files whose bytes do not match the
 * index are excluded.
 */
export class CrateFiles {
  readonly #loose: LooseSource | undefined;
  readonly #cache: CrateCache | undefined;
  readonly #shelf: BundleShelf | undefined;
  readonly #damage: DamageNotes;
  readonly #lookup: CrateLookup;

  constructor(options: CrateFilesOptions) {
    const { mirror, bundlesDirectory, onNote, recheckAfter = RECHECK_AFTER_MS } = options;
    const onDamage =
      options.onDamage ?? ((wanted: WantedFile, place: Place) => onNote(describeDamage(wanted, place)));
    const isDirectory = mirror !== undefined && 'root' in mirror;
    this.#loose = isDirectory ? new LooseFiles(mirror.root, mirror.layout) : mirror;
    const bundles = typeof bundlesDirectory === 'string' ? bundlesIn(bundlesDirectory) : bundlesDirectory;
    this.#shelf = bundles === undefined ? undefined : new BundleShelf(bundles, onNote);
    this.#cache = options.cache;
    this.#damage = new DamageNotes(recheckAfter, onDamage);
    this.#lookup = new CrateLookup({
      loose: this.#loose,
      shelf: this.#shelf,
      damage: this.#damage,
      isWhole: (wanted, place) => this.#isWhole(wanted, place),
    });
  }

  /** Refreshes the bundles unless they were read less than `age` ms ago. */
  async refresh(age: number): Promise<void> {
    await this.#shelf?.refreshAfter(age);
  }

  /** Why the last refresh of the bundles failed, in one line; undefined if it succeeded. */
  get failure(): string | undefined {
    return this.#shelf?.failure;
  }

  /** Bundles that should be there but are missing or damaged. */
  async lostBundles(): Promise<LostBundles> {
    return this.#shelf?.lost() ?? NOTHING_LOST;
  }

  /** The contents of the bundles as a MemberTable's memory, for another thread. */
  get bundledMemory(): SharedArrayBuffer | undefined {
    return this.#shelf?.memory;
  }

  /** When each bundle of that table was last written, ms since the epoch, by its number there. */
  get bundleTimes(): readonly number[] {
    return this.#shelf?.times ?? [];
  }

  async close(): Promise<void> {
    await this.#shelf?.close();
  }

  /** @throws CodedError if the mirror or its bundles are gone or cannot be checked now */
  async checkThere(): Promise<void> {
    await this.#loose?.checkThere();
    await this.#shelf?.checkThere();
  }

  /** @throws CodedError if it cannot be determined now whether the file is held */
  async find(wanted: WantedFile): Promise<Place | undefined> {
    return (await this.findAll([wanted]))[0];
  }

  /**
   * Finds the place of each file; undefined for a file that the mirror does not hold.
   * @throws CodedError as {@link find} does
   */
  async findAll(wanted: readonly WantedFile[]): Promise<(Place | undefined)[]> {
    return (await this.lookAll(wanted)).map(placeOf);
  }

  /**
   * Like {@link findAll}, but also reports why a file is not held.
   * @throws CodedError as {@link find} does
   */
  lookAll(wanted: readonly WantedFile[]): Promise<LookupResult[]> {
    return this.#lookup.lookAll(wanted);
  }

  /**
   * Calls `how` with the place of a file. If that fails, looks the file up again and tries its
   * other places.
   *
   * @param known where it was just found, if it was
   * @returns undefined if no whole copy is held
   * @throws the last error of `how` if a copy is held but cannot be used now
   */
  async use<T>(wanted: WantedFile, how: (place: Place) => Promise<T>, known?: Place): Promise<T | undefined> {
    const failed = new Set<string>();
    let failure: unknown;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const place = attempt === 1 && known !== undefined ? known : await this.#findBut(wanted, failed);
      if (place === undefined) break;
      try {
        return await how(place);
      } catch (error) {
        failed.add(keyOf(place));
        if (!NOT_THERE.has(errorCode(error)) || attempt === MAX_ATTEMPTS) failure = error;
      }
    }
    if (failure !== undefined) throw failure;
    return undefined;
  }

  /** The directories whose state covers all changes to some files; undefined if too many. */
  directoriesOf(wanted: readonly WantedFile[]): readonly string[] | undefined {
    const loose = this.#loose;
    if (loose === undefined) return [];
    const directories = new Set(wanted.map((one) => loose.directoryOf(one)));
    return directories.size > MAX_DIRECTORIES ? undefined : [...directories];
  }

  /** The state on which the places of the files in these directories depend. */
  async stateOf(directories: readonly string[]): Promise<FilesState> {
    await this.#shelf?.refreshAfter(BUNDLES_FRESH_MS);
    const loose = this.#loose;
    const states =
      loose === undefined ? [] : await Promise.all(directories.map((path) => loose.stateOf(path)));
    const { removals = 0, changedAt = 0 } = this.#shelf ?? {};
    const additions = (this.#shelf?.additions ?? 0) + (loose?.additions ?? 0);
    return {
      key: [removals, this.#damage.changes, ...states.map(({ key }) => key)].join(' '),
      additions,
      changedAt: Math.max(changedAt, ...states.map((state) => state.changedAt)),
    };
  }

  /**
   * Reads a whole file and verifies its SHA-256.
   * @throws CodedError as {@link open} and reading the file do
   */
  async load(wanted: WantedFile, place: Place): Promise<Buffer> {
    // The buffer may be kept for long. A pooled one would keep the whole pool alive.
    const bytes = Buffer.allocUnsafeSlow(place.size);
    const file = await this.open(wanted, place);
    let size = 0;
    try {
      for await (const piece of file.read({ start: 0, end: place.size - 1 })) size += piece.copy(bytes, size);
    } finally {
      file.close();
    }
    this.#checkDigest(wanted, place, sha256Hex(bytes));
    return bytes;
  }

  /**
   * Like {@link load}, but in pieces, for files of any size. The bytes are verified only when the
   * iteration completes.
   */
  async *pieces(wanted: WantedFile, place: Place): AsyncGenerator<Buffer> {
    yield* this.#verified(wanted, place, await this.open(wanted, place));
  }

  async *#verified(wanted: WantedFile, place: Place, file: OpenCrateFile): AsyncGenerator<Buffer> {
    const hash = createSha256();
    try {
      for await (const piece of file.read({ start: 0, end: place.size - 1 })) {
        hash.update(piece);
        yield piece;
      }
    } finally {
      file.close();
    }
    this.#checkDigest(wanted, place, hash.digest('hex'));
  }

  /** @throws CodedError if the file is gone or was replaced; the caller should look it up again */
  open(wanted: WantedFile, place: Place): Promise<OpenCrateFile> {
    if (this.#cache === undefined) return this.#openOriginal(wanted, place);
    return this.#cache.open(wanted.sha256, place.size, async () =>
      this.#verified(wanted, place, await this.#openOriginal(wanted, place)),
    );
  }

  async #openOriginal(wanted: WantedFile, place: Place): Promise<OpenCrateFile> {
    const file = await this.#openPlace(place).catch((error: unknown) => {
      throw NOT_THERE.has(errorCode(error)) ? error : readError(describePlace(place), error);
    });
    return {
      size: file.size,
      read: (range) => this.#watch(wanted, place, file.read(range)),
      close: () => file.close(),
    };
  }

  async #openPlace(place: Place): Promise<OpenCrateFile> {
    if (place.kind === 'loose') return (this.#loose as LooseSource).open(place);
    const shelf = this.#shelf as BundleShelf;
    place.bundle.acquire();
    return {
      size: place.size,
      read: ({ start, end }) => shelf.read(place, start, end),
      close: () => place.bundle.release(),
    };
  }

  async *#watch(wanted: WantedFile, place: Place, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    try {
      yield* pieces;
    } catch (error) {
      if (MOVED.has(errorCode(error))) throw error;
      const failure = readError(describePlace(place), error);
      if (failure.code === 'damaged') this.#damage.note(wanted, place);
      throw failure;
    }
  }

  #checkDigest(wanted: WantedFile, place: Place, sha256: string): void {
    if (sha256 === wanted.sha256) return;
    this.#damage.note(wanted, place);
    throw new CodedError('damaged', `${describePlace(place)} does not have the SHA-256 ${wanted.sha256}`);
  }

  /** @param except places to skip */
  async #findBut(wanted: WantedFile, except: ReadonlySet<string>): Promise<Place | undefined> {
    return (await this.#lookup.lookAll([wanted], except)).map(placeOf)[0];
  }

  async #isWhole(wanted: WantedFile, place: Place): Promise<boolean> {
    const pieces = this.pieces(wanted, place);
    try {
      while ((await pieces.next()).done !== true);
      return true;
    } catch {
      return false;
    }
  }
}
