import type { Entry, RegularFile } from '@crates-mirror/crates-index/files';
import type { CrateForm, Sidecars } from './sidecar.ts';
import type { Version } from './version-text.ts';

/** The lines of an index file that may become sidecars, numbered from 0. */
export interface Lines {
  readonly count: number;
  /** As spelled in the index. Names within one file may differ in case. */
  name(index: number): string;
  version(index: number, needsChecksum: boolean): Version;
  isYanked(index: number): boolean;
  isSelected(index: number): boolean;
  /** 1-based line number in the file. */
  number(index: number): number;
  /** Builds a line's sidecar. @returns the error in the line, if it cannot become one */
  put(index: number, sidecars: Sidecars, form: CrateForm, version: Version): string | undefined;
}

/** Lines of a regular file, as nearly all files are. */
export class RegularLines implements Lines {
  readonly #file: RegularFile;
  readonly #includeYanked: boolean;

  /** @param includeYanked whether all lines are selected, or only those that are not yanked */
  constructor(file: RegularFile, includeYanked: boolean) {
    this.#file = file;
    this.#includeYanked = includeYanked;
  }

  get count(): number {
    return this.#file.count;
  }

  name(): string {
    return this.#file.name;
  }

  version(index: number, needsChecksum: boolean): Version {
    return { version: this.#file.version(index), sha256: needsChecksum ? this.#file.cksum(index) : '' };
  }

  isYanked(index: number): boolean {
    return this.#file.isYanked(index);
  }

  isSelected(index: number): boolean {
    return this.#includeYanked || !this.#file.isYanked(index);
  }

  number(index: number): number {
    return index + 1;
  }

  put(index: number, sidecars: Sidecars, form: CrateForm, version: Version): undefined {
    sidecars.putRegular(this.#file, index, form, version);
  }
}

/** Lines of any other file. */
export class ParsedLines implements Lines {
  readonly #file: Buffer;
  readonly #entries: readonly Entry[];
  readonly #selected: ReadonlySet<Entry>;

  /** @param file the bytes of the index file */
  constructor(file: Buffer, entries: readonly Entry[], selected: readonly Entry[]) {
    this.#file = file;
    this.#entries = entries;
    this.#selected = new Set(selected);
  }

  get count(): number {
    return this.#entries.length;
  }

  name(index: number): string {
    return this.#entry(index).name;
  }

  version(index: number): Version {
    const { version, cksum } = this.#entry(index);
    return { version, sha256: cksum };
  }

  isYanked(index: number): boolean {
    return this.#entry(index).yanked;
  }

  isSelected(index: number): boolean {
    return this.#selected.has(this.#entry(index));
  }

  number(index: number): number {
    return this.#entry(index).line;
  }

  put(index: number, sidecars: Sidecars, form: CrateForm): string | undefined {
    return sidecars.put(this.#file, this.#entry(index), form);
  }

  #entry(index: number): Entry {
    return this.#entries[index] as Entry;
  }
}
