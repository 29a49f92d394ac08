import type { CrateLines } from '@crates-mirror/crates-index/files';
import { parseVersion, type Version } from '@crates-mirror/semver';
import { Interned } from './interned.ts';
import { Numbers } from './numbers.ts';
import { PathTable } from './path-table.ts';

/** Mark of a version to which a requirement may be resolved. */
const USABLE = 1;
/** Mark of a version where the closure starts. */
export const ROOT = 2;
/** Mark of a dependency. */
export const NEEDED = 4;

const words = (length: number) => new Uint32Array(length);
const bytes = (length: number) => new Uint8Array(length);

/**
 * The crates that were read, identified by the number of their path, and their versions, identified
 * by their place in the index file. Everything is in a few arrays of numbers: an index has hundreds
 * of thousands of crates, and an object for each would take several times the memory.
 */
export class KnownCrates {
  readonly #paths = new PathTable();
  readonly #versions = new Interned<Version>(parseVersion);
  /** By crate: where its versions start in the following lists, plus 1; 0 if it was not read. */
  readonly #starts = new Numbers(words);
  readonly #counts = new Numbers(words);
  readonly #versionNumbers = new Numbers(words);
  readonly #marks = new Numbers(bytes);

  /** @param path of an index file */
  numberOf(path: string): number {
    const number = this.#paths.numberOf(path);
    if (number === this.#starts.length) {
      this.#starts.push(0);
      this.#counts.push(0);
    }
    return number;
  }

  pathOf(number: number): string {
    return this.#paths.pathOf(number);
  }

  isRead(number: number): boolean {
    return this.#starts.at(number) !== 0;
  }

  /**
   * Adds a crate that was read.
   *
   * @param crate undefined if the index has none of that number
   * @param isUsable whether a requirement may be resolved to it, by version
   */
  add(number: number, crate: CrateLines | undefined, isUsable: readonly boolean[]): void {
    const entries = crate?.entries ?? [];
    this.#starts.set(number, this.#marks.length + 1);
    this.#counts.set(number, entries.length);
    for (const [i, { version }] of entries.entries()) {
      this.#versionNumbers.push(this.#versions.numberOf(version));
      this.#marks.push(isUsable[i] === true ? USABLE : 0);
    }
  }

  /** @returns whether the version was not marked before */
  mark(number: number, place: number, mark: number): boolean {
    const at = this.#at(number, place);
    const before = this.#marks.at(at);
    if (before > USABLE) return false;
    this.#marks.set(at, before + mark);
    return true;
  }

  versionAt(number: number, place: number): Version {
    return this.#versions.valueOf(this.#versionNumbers.at(this.#at(number, place)));
  }

  textAt(number: number, place: number): string {
    return this.#versions.textOf(this.#versionNumbers.at(this.#at(number, place)));
  }

  /** Places of the versions to which a requirement may be resolved. */
  usable(number: number): number[] {
    return this.#placesWith(number, USABLE);
  }

  /** @returns -1 if there is no such version */
  placeOf(number: number, version: string): number {
    const wanted = this.#versions.numberOf(version);
    for (let place = 0; place < this.#counts.at(number); place++)
      if (this.#versionNumbers.at(this.#at(number, place)) === wanted) return place;
    return -1;
  }

  /** The versions with a mark, by index path. */
  *marked(mark: number): Generator<readonly [path: string, versions: readonly string[]]> {
    for (let number = 0; number < this.#starts.length; number++) {
      const versions = this.#placesWith(number, mark).map((place) => this.textAt(number, place));
      if (versions.length > 0) yield [this.pathOf(number), versions];
    }
  }

  #placesWith(number: number, mark: number): number[] {
    const places: number[] = [];
    for (let place = 0; place < this.#counts.at(number); place++)
      if ((this.#marks.at(this.#at(number, place)) & mark) !== 0) places.push(place);
    return places;
  }

  #at(number: number, place: number): number {
    return this.#starts.at(number) - 1 + place;
  }
}
