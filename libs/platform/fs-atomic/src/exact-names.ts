import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CodedError } from '@crates-mirror/errors';

/** File-system queries, replaceable in tests. */
export interface NamedFiles {
  exists(path: string): boolean;
  /** Whether two paths lead to the same file or directory. */
  isOne(path: string, other: string): boolean;
  /** The names in a directory, as they were created. */
  list(directory: string): readonly string[];
}

const SYSTEM: NamedFiles = { exists: existsSync, isOne, list: (directory) => readdirSync(directory) };

/**
 * Prevents files whose names differ only in case from replacing each other on case-insensitive file
 * systems: NTFS, APFS, FAT, ext4 with `casefold`. Elsewhere it costs two system calls in total.
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
    this.#isFolding ??= this.#tellsNoCases();
    if (!this.#isFolding || !this.#files.exists(path)) return;
    const name = basename(path);
    const names = this.#files.list(dirname(path));
    if (names.includes(name)) return;
    const other = names.find((one) => one.toLowerCase() === name.toLowerCase());
    if (other !== undefined)
      throw new CodedError(
        'case_collision',
        `the file system takes ${name} and ${other}, which is there, for one name; put both into bundles, or on another file system`,
      );
  }

  #tellsNoCases(): boolean {
    const name = basename(this.#witness);
    const other = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
    return this.#files.isOne(this.#witness, join(dirname(this.#witness), other));
  }
}

function isOne(path: string, other: string): boolean {
  const [one, two] = [path, other].map((each) => statSync(each, { throwIfNoEntry: false, bigint: true }));
  return one !== undefined && one.ino === two?.ino && one.dev === two.dev;
}
