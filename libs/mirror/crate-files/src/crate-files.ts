import type { FileHandle } from 'node:fs/promises';
import { CodedError } from '@crates-mirror/errors';
import { sha256Hex } from '@crates-mirror/hashing';
import type { Layout } from '@crates-mirror/layout';
import { BundleShelf } from './bundles/bundle-shelf.ts';
import { LooseFiles } from './loose-files.ts';
import { stateOfPath } from './path-state.ts';
import type { OnNote, Place, WantedFile } from './place.ts';

export interface CrateFilesOptions {
  /** Root of the loose files, where there are any. */
  readonly mirror: { readonly root: string; readonly layout: Layout } | undefined;
  /** Folder of bundles, where there is one. */
  readonly bundlesDirectory: string | undefined;
  readonly onNote: OnNote;
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

/** A crate file that can be read in parts, as often as it takes, until it is closed. */
export interface OpenCrateFile {
  /** bytes */
  readonly size: number;
  /** The bytes from `start` to `end`, both included. @throws CodedError where they are damaged */
  read(range: { readonly start: number; readonly end: number }): AsyncIterable<Buffer>;
  close(): void;
}

const READ_SIZE = 128 << 10;
/** How old knowledge of the bundles may be before what depends on it is looked at again. */
const BUNDLES_FRESH_MS = 1000;
/** Beyond so many directories for one crate, asking for each costs as much as asking for its files. */
const MOST_DIRECTORIES = 8;

/** The crate files that a mirror holds, loose or in bundles: none that has other bytes than the index promises. */
export class CrateFiles {
  readonly #loose: LooseFiles | undefined;
  readonly #shelf: BundleShelf | undefined;
  readonly #onNote: OnNote;
  /** Where files turned out to be damaged, by SHA-256; another file in the same place is looked at anew. */
  readonly #damaged = new Map<string, Set<string>>();
  #damages = 0;

  constructor({ mirror, bundlesDirectory, onNote }: CrateFilesOptions) {
    this.#loose = mirror === undefined ? undefined : new LooseFiles(mirror.root, mirror.layout);
    this.#shelf = bundlesDirectory === undefined ? undefined : new BundleShelf(bundlesDirectory, onNote);
    this.#onNote = onNote;
  }

  /** Reads what the bundles hold, if they were not read less than `age` ms ago. */
  async refresh(age: number): Promise<void> {
    await this.#shelf?.refreshAfter(age);
  }

  /** For another thread: what the bundles hold, as a MemberTable's memory. */
  get bundledMemory(): SharedArrayBuffer | undefined {
    return this.#shelf?.memory;
  }

  async close(): Promise<void> {
    await this.#shelf?.close();
  }

  async find(wanted: WantedFile): Promise<Place | undefined> {
    return (await this.findAll([wanted]))[0];
  }

  /** Where each of some files is; undefined for what the mirror does not hold. */
  async findAll(wanted: readonly WantedFile[]): Promise<(Place | undefined)[]> {
    const places = await Promise.all(wanted.map((one) => this.#look(one)));
    if (this.#shelf === undefined || !places.includes(undefined)) return places;
    // A run moves loose files into bundles: what is no longer loose is in one by now.
    await this.#shelf.refresh();
    return places.map((place, i) => place ?? this.#bundled(wanted[i] as WantedFile));
  }

  async #look(wanted: WantedFile): Promise<Place | undefined> {
    const bundled = this.#bundled(wanted);
    if (bundled !== undefined) return bundled;
    const loose = await this.#loose?.find(wanted);
    return loose === undefined || this.#isDamaged(wanted, loose) ? undefined : loose;
  }

  #bundled(wanted: WantedFile): Place | undefined {
    const place = this.#shelf?.find(wanted.sha256);
    return place === undefined || this.#isDamaged(wanted, place) ? undefined : place;
  }

  /** The directories whose changes tell of all changes to some files; undefined where that would be too many. */
  directoriesOf(wanted: readonly WantedFile[]): readonly string[] | undefined {
    const loose = this.#loose;
    if (loose === undefined) return [];
    const directories = new Set(wanted.map((one) => loose.directoryOf(one)));
    return directories.size > MOST_DIRECTORIES ? undefined : [...directories];
  }

  /** What the places of files depend on, whose directories these are. */
  async stateOf(directories: readonly string[]): Promise<FilesState> {
    await this.#shelf?.refreshAfter(BUNDLES_FRESH_MS);
    const states = await Promise.all(directories.map((path) => stateOfPath(path)));
    const { removals = 0, additions = 0, changedAt = 0 } = this.#shelf ?? {};
    return {
      key: [removals, this.#damages, ...states.map(({ key }) => key)].join(' '),
      additions,
      changedAt: Math.max(changedAt, ...states.map((state) => state.changedAt)),
    };
  }

  /** The whole of a file, with its SHA-256 checked. @throws CodedError where it is damaged or has gone */
  async load(wanted: WantedFile, place: Place): Promise<Buffer> {
    const file = await this.open(place);
    // It may be kept for long: memory of its own, not a part of a pool that it would keep with it.
    const bytes = Buffer.allocUnsafeSlow(place.size);
    let size = 0;
    try {
      for await (const piece of file.read({ start: 0, end: place.size - 1 })) size += piece.copy(bytes, size);
    } catch (error) {
      this.#noteDamage(wanted, place);
      throw error;
    } finally {
      file.close();
    }
    if (sha256Hex(bytes) === wanted.sha256) return bytes;
    this.#noteDamage(wanted, place);
    throw new CodedError('damaged', `${describe(place)} does not have the SHA-256 ${wanted.sha256}`);
  }

  /** @throws CodedError where the file has gone from there, or is another one by now: look for it again */
  async open(place: Place): Promise<OpenCrateFile> {
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

  #noteDamage({ name, version, sha256 }: WantedFile, place: Place): void {
    const places = this.#damaged.get(sha256) ?? new Set();
    this.#damaged.set(sha256, places.add(keyOf(place)));
    this.#damages += 1;
    this.#onNote(`${name} ${version} is damaged in ${describe(place)}, and not served from there any more`);
  }

  #isDamaged({ sha256 }: WantedFile, place: Place): boolean {
    return this.#damaged.get(sha256)?.has(keyOf(place)) === true;
  }
}

function keyOf(place: Place): string {
  return place.kind === 'loose'
    ? `${place.path} ${place.size} ${place.mtimeMs}`
    : `${place.bundle.id} ${place.offset}`;
}

function describe(place: Place): string {
  return place.kind === 'loose' ? place.path : place.bundle.name;
}

class OpenLooseFile implements OpenCrateFile {
  readonly size: number;
  readonly #file: FileHandle;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  async *read({ start, end }: { start: number; end: number }): AsyncGenerator<Buffer> {
    for (let at = start; at <= end; ) {
      const length = Math.min(READ_SIZE, end + 1 - at);
      const { buffer, bytesRead } = await this.#file.read(Buffer.allocUnsafe(length), 0, length, at);
      if (bytesRead === 0) throw new CodedError('damaged', 'the file ends too early');
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  close(): void {
    // Nothing was written: there is nothing to learn from a failure to close.
    this.#file.close().catch(() => {});
  }
}
