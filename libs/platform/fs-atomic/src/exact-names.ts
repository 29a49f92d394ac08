import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CodedError } from '@crates-mirror/errors';

/** File-system queries, replaceable in tests. */
export interface NamedFiles {
  exists(path: string): boolean;
  /** The names in a directory, as they were created. */
  list(directory: string): readonly string[];
}

const SYSTEM: NamedFiles = {
  exists: (path) => existsSync(path),
  list: (directory) => readdirSync(directory),
};

/**
 * Prevents files whose names differ only in case from replacing each other on case-insensitive file
 * systems: NTFS, APFS, FAT, exFAT, ext4 with `casefold`. Elsewhere it costs one system call in
 * total.
 */
export class ExactNames {
  readonly #witness: string;
  readonly #files: NamedFiles;
  #isFolding: boolean | undefined;

  /**
   * @param witness an existing file or directory on the same file system, with a letter in its name
   */
  constructor(witness: string, files: NamedFiles = SYSTEM) {
    this.#witness = witness;
    this.#files = files;
  }

  /** @throws CodedError if the file at `path` was created under a name that differs in case */
  check(path: string): void {
    this.#isFolding ??= this.#foldsCase();
    if (!this.#isFolding || !this.#files.exists(path)) return;
    const name = basename(path);
    const names = this.#files.list(dirname(path));
    if (names.includes(name)) return;
    const other = names.find((one) => one.toLowerCase() === name.toLowerCase());
    if (other !== undefined)
      throw new CodedError(
        'case_collision',
        `the file system takes ${name} and ${other}, which is there, for one name; another file system can hold both, or bundles and JSON Lines`,
      );
  }

  /** By names and not by inode numbers: drivers in FUSE give each spelling a number of its own. */
  #foldsCase(): boolean {
    const name = basename(this.#witness);
    const other = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
    const directory = dirname(this.#witness);
    return this.#files.exists(join(directory, other)) && !this.#files.list(directory).includes(other);
  }
}
