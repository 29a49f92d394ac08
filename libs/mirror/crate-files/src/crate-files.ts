import { CodedError, errorCode } from '@crates-mirror/errors';
import { createSha256, sha256Hex } from '@crates-mirror/hashing';
import type { Layout } from '@crates-mirror/layout';
import { BundleShelf } from './bundles/bundle-shelf.ts';
import { type LostBundles, NOTHING_LOST } from './bundles/lost-bundles.ts';
import { CrateLookup } from './crate-lookup.ts';
import { DamageNotes } from './damage-notes.ts';
import { type Holding, placeOf } from './holding.ts';
import { LooseFiles } from './loose-files.ts';
import type { OpenCrateFile } from './open-crate-file.ts';
import { OpenLooseFile } from './open-loose-file.ts';
import { stateOfPath } from './path-state.ts';
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
  /** Root of the loose files, where there are any. */
  readonly mirror: { readonly root: string; readonly layout: Layout } | undefined;
  /** Folder of bundles, where there is one. */
  readonly bundlesDirectory: string | undefined;
  readonly onNote: OnNote;
  /** A note for each damaged copy unless told otherwise. */
  readonly onDamage?: OnDamage;
  /** ms after which a damaged copy is looked at again; a minute unless told otherwise */
  readonly recheckAfter?: number;
}

/** What the places of some files depend on. */
export interface FilesState {
  /** While it is the same, files that were found are where they were. */
  readonly key: string;
  /** While it is the same too, files that were not found are still nowhere. */
  readonly additions: number;
  /** When something changed the last time, ms since the epoch. */
  readonly changedAt: number;
}

/** How old knowledge of the bundles may be before what depends on it is looked at again. */
const BUNDLES_FRESH_MS = 1000;
const RECHECK_AFTER_MS = 60_000;
/** Beyond so many directories for one crate, asking for each costs as much as asking for its files. */
const MAX_DIRECTORIES = 8;
/** Places that are tried for one file. */
const MAX_ATTEMPTS = 4;
/** A copy that has moved, is another one by now or is damaged, is simply not held there. */
const NOT_THERE: ReadonlySet<string> = new Set(['damaged', 'gone', 'changed', 'ENOENT']);

/** The crate files that a mirror holds, loose or in bundles: none that has other bytes than the index promises. */
export class CrateFiles {
  readonly #loose: LooseFiles | undefined;
  readonly #shelf: BundleShelf | undefined;
  readonly #damage: DamageNotes;
  readonly #lookup: CrateLookup;

  constructor(options: CrateFilesOptions) {
    const { mirror, bundlesDirectory, onNote, recheckAfter = RECHECK_AFTER_MS } = options;
    const onDamage =
      options.onDamage ?? ((wanted: WantedFile, place: Place) => onNote(describeDamage(wanted, place)));
    this.#loose = mirror === undefined ? undefined : new LooseFiles(mirror.root, mirror.layout);
    this.#shelf = bundlesDirectory === undefined ? undefined : new BundleShelf(bundlesDirectory, onNote);
    this.#damage = new DamageNotes(recheckAfter, onDamage);
    this.#lookup = new CrateLookup({
      loose: this.#loose,
      shelf: this.#shelf,
      damage: this.#damage,
      isWhole: (wanted, place) => this.#isWhole(wanted, place),
    });
  }

  /** Reads what the bundles hold, if they were not read less than `age` ms ago. */
  async refresh(age: number): Promise<void> {
    await this.#shelf?.refreshAfter(age);
  }

  /** Why the bundles could not be looked at the last time, in one line; undefined where they could. */
  get failure(): string | undefined {
    return this.#shelf?.failure;
  }

  /** The bundles that should be there and are not, or not what they should be. */
  async lostBundles(): Promise<LostBundles> {
    return this.#shelf?.lost() ?? NOTHING_LOST;
  }

  /** For another thread: what the bundles hold, as a MemberTable's memory. */
  get bundledMemory(): SharedArrayBuffer | undefined {
    return this.#shelf?.memory;
  }

  /** When each bundle of that table was written last, by its number there, ms since the epoch. */
  get bundleTimes(): readonly number[] {
    return this.#shelf?.times ?? [];
  }

  async close(): Promise<void> {
    await this.#shelf?.close();
  }

  /** @throws CodedError where the mirror or its bundles have gone, or cannot be looked at now */
  async checkThere(): Promise<void> {
    await this.#loose?.witness.check();
    await this.#shelf?.checkThere();
  }

  /** @throws CodedError where nobody can tell now whether it is held */
  async find(wanted: WantedFile): Promise<Place | undefined> {
    return (await this.findAll([wanted]))[0];
  }

  /** Where each of some files is; undefined for what the mirror does not hold. @throws CodedError as {@link find} does */
  async findAll(wanted: readonly WantedFile[]): Promise<(Place | undefined)[]> {
    return (await this.lookAll(wanted)).map(placeOf);
  }

  /** The same, with what is known of those that it does not hold. @throws CodedError as {@link find} does */
  lookAll(wanted: readonly WantedFile[]): Promise<Holding[]> {
    return this.#lookup.lookAll(wanted);
  }

  /**
   * Uses a file from where it is. Where that fails, it is looked for again, and used from where else it is.
   *
   * @param known where it was found just now, if it was
   * @returns undefined where no whole copy is held
   * @throws what `how` has thrown last where a copy is held that cannot be used now
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

  /** The directories whose changes tell of all changes to some files; undefined where that would be too many. */
  directoriesOf(wanted: readonly WantedFile[]): readonly string[] | undefined {
    const loose = this.#loose;
    if (loose === undefined) return [];
    const directories = new Set(wanted.map((one) => loose.directoryOf(one)));
    return directories.size > MAX_DIRECTORIES ? undefined : [...directories];
  }

  /** What the places of files depend on, whose directories these are. */
  async stateOf(directories: readonly string[]): Promise<FilesState> {
    await this.#shelf?.refreshAfter(BUNDLES_FRESH_MS);
    const states = await Promise.all(directories.map((path) => stateOfPath(path)));
    const { removals = 0, additions = 0, changedAt = 0 } = this.#shelf ?? {};
    return {
      key: [removals, this.#damage.changes, ...states.map(({ key }) => key)].join(' '),
      additions,
      changedAt: Math.max(changedAt, ...states.map((state) => state.changedAt)),
    };
  }

  /** The whole of a file, with its SHA-256 checked. @throws CodedError as {@link open} and what it opens do */
  async load(wanted: WantedFile, place: Place): Promise<Buffer> {
    // It may be kept for long: memory of its own, not a part of a pool that it would keep with it.
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

  /** The same in pieces, for a file of any size: they are the right ones only if it gets to its end. */
  async *pieces(wanted: WantedFile, place: Place): AsyncGenerator<Buffer> {
    const file = await this.open(wanted, place);
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

  /** @throws CodedError where the file has gone from there, or is another one by now: look for it again */
  async open(wanted: WantedFile, place: Place): Promise<OpenCrateFile> {
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
    if (place.kind === 'loose')
      return new OpenLooseFile(await (this.#loose as LooseFiles).open(place), place.size);
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

  /** @param except places that are passed over */
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
