import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  mkdirSync,
  opendirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { ExactNames } from '@crates-mirror/fs-atomic';
import {
  isStagedRemainder,
  isUnderWay,
  remainderOf,
  replaceFile,
  StagedDirectory,
  writeSmallFile,
} from '@crates-mirror/fs-atomic/small-files';
import { SIDECAR_SUFFIX } from '../sidecar-suffix.ts';

/** A sidecar as bytes. */
export interface SidecarBytes {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Maximum number of directories held in memory. The index visits them one after the other. */
const MAX_DIRECTORIES = 1024;

/**
 * Entries of a listing that are read at once. In a flat layout, one directory has millions of
 * entries, too many for a thread's heap.
 */
const ENTRIES_AT_ONCE = 256;

interface Directory {
  /** Current path. */
  readonly at: string;
  /**
   * Whether the directory is new and not yet visible, so that its files are written without a
   * rename.
   */
  readonly isStaged: boolean;
  /** Names of its entries, except for crate files and those that are written while it is staged. */
  readonly names: Set<string>;
  /** Entries that a killed run may have left, to be removed before anything is written. */
  remainders: readonly Dirent[];
}

/** The part of a mirror's tree that one lane writes. */
export class SidecarTree {
  readonly #root: string;
  readonly #names: ExactNames;
  /** By path relative to the root, which is `.` */
  readonly #directories = new Map<string, Directory>();
  /** New directories whose parents are not new. */
  #staged: StagedDirectory[] = [];
  /** The directory that was used last, because the next file is usually in it, too. */
  #path: string | undefined;
  #directory: Directory | undefined;

  /** @param names undefined for those of the tree's own file system */
  constructor(root: string, names?: ExactNames) {
    this.#root = root;
    this.#names = names ?? new ExactNames(below(root, '.crates-mirror'));
  }

  /** Whether a directory, relative to the root, contained a sidecar when it was first listed. */
  has(directory: string, name: string): boolean {
    return this.#known(directory)?.names.has(name) === true;
  }

  /**
   * Writes a sidecar to a directory, relative to the root, unless an identical one exists.
   *
   * @throws the system's error, or CodedError if a name that differs only in case is the same file
   */
  put(directory: string, name: string, sidecar: SidecarBytes): 'fresh' | 'changed' | 'unchanged' {
    const { bytes, start, end } = sidecar;
    const { at, isStaged, names } =
      directory === this.#path && this.#directory ? this.#directory : this.#open(directory);
    const path = below(at, name);
    const isThere = names.has(name);
    if (!isThere) this.#names.check(path);
    if (isStaged) {
      writeSmallFile(path, bytes, start, end);
      return 'fresh';
    }
    if (isThere && holdsSame(path, bytes.subarray(start, end))) return 'unchanged';
    replaceFile(path, bytes, start, end);
    names.add(name);
    return isThere ? 'changed' : 'fresh';
  }

  /**
   * Renames new directories into place.
   *
   * @throws the system's error, once all others are in place
   */
  flush(): void {
    const staged = this.#staged;
    this.#staged = [];
    this.#path = undefined;
    // Their paths have changed.
    for (const [path, { isStaged }] of this.#directories) if (isStaged) this.#directories.delete(path);
    let failure: unknown;
    for (const directory of staged) {
      try {
        directory.commit();
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  }

  #open(path: string): Directory {
    if (this.#directories.size > MAX_DIRECTORIES) this.#forget();
    this.#removeRemainders(path);
    this.#directory = this.#known(path) ?? this.#make(path);
    this.#path = path;
    return this.#directory;
  }

  /** Drops all directories but the root, the only one that is needed again. It may be large. */
  #forget(): void {
    this.flush();
    for (const path of this.#directories.keys()) if (path !== '.') this.#directories.delete(path);
  }

  /** @returns undefined if the directory does not exist */
  #known(path: string): Directory | undefined {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    if (path === '.') return this.#list(path, this.#root, false);
    // The listing of the parent shows whether this directory exists.
    const [parent, name] = splitPath(path);
    const above = this.#known(parent);
    if (above?.names.has(name) !== true) return undefined;
    return this.#list(path, below(above.at, name), above.isStaged);
  }

  /** Lists a directory once, instead of checking each of its files. */
  #list(path: string, at: string, isStaged: boolean): Directory {
    const names = new Set<string>();
    const remainders: Dirent[] = [];
    const listing = opendirSync(at, { bufferSize: ENTRIES_AT_ONCE });
    try {
      for (let entry = listing.readSync(); entry !== null; entry = listing.readSync()) {
        if (isCrateFile(entry)) continue;
        if (isNamedAsRemainder(entry)) remainders.push(entry);
        names.add(entry.name);
      }
    } finally {
      listing.closeSync();
    }
    return this.#note(path, { at, isStaged, names, remainders });
  }

  /** Removes what a kill has left in a directory, and in those above it. */
  #removeRemainders(path: string): void {
    if (path !== '.') this.#removeRemainders(splitPath(path)[0]);
    const directory = this.#known(path);
    if (directory === undefined) return;
    for (const entry of directory.remainders) removeRemainder(directory.at, entry);
    directory.remainders = [];
  }

  #make(path: string): Directory {
    const [parent, name] = splitPath(path);
    const above = this.#known(parent) ?? this.#make(parent);
    const made = this.#makeIn(above, name);
    above.names.add(name);
    return this.#note(path, made);
  }

  #makeIn(above: Directory, name: string): Directory {
    let at = below(above.at, name);
    if (above.isStaged) {
      mkdirSync(at);
    } else {
      const staged = StagedDirectory.create(at);
      this.#staged.push(staged);
      at = staged.at;
    }
    return { at, isStaged: true, names: new Set(), remainders: [] };
  }

  #note(path: string, directory: Directory): Directory {
    this.#directories.set(path, directory);
    return directory;
  }
}

/**
 * A path below a directory. Omits the working directory, because the kernel would look it up each
 * time.
 */
function below(directory: string, name: string): string {
  return directory === '.' ? name : `${directory}/${name}`;
}

/** Directory and name of a path with `/`. The directory of a plain name is `.`. */
export function splitPath(path: string): [string, string] {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? ['.', path] : [path.slice(0, slash), path.slice(slash + 1)];
}

/**
 * Whether a file has exactly these bytes. Anything else at this path, or anything unreadable, is
 * different.
 */
function holdsSame(path: string, bytes: Buffer): boolean {
  try {
    // Opening a pipe would block.
    const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stats = fstatSync(fd);
      return stats.isFile() && stats.size === bytes.length && bytes.equals(readFileSync(fd));
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

/** Crate files are half of all files in most mirrors, and need not be recorded. */
function isCrateFile(entry: Dirent): boolean {
  return entry.name.endsWith('.crate') && entry.isFile();
}

/** Whether an entry is named like an unfinished sidecar, or like a staged directory. */
function isNamedAsRemainder(entry: Dirent): boolean {
  return entry.isDirectory()
    ? isStagedRemainder(entry.name)
    : remainderOf(entry.name)?.endsWith(SIDECAR_SUFFIX) === true;
}

/**
 * Removes an unfinished sidecar, or a staged directory that contains only sidecars. Keeps files of
 * others, and files that another run is still writing. Another lane that works in the same
 * directory may have removed it already.
 */
export function removeRemainder(directory: string, entry: Dirent): void {
  const path = below(directory, entry.name);
  try {
    const isOurs = isNamedAsRemainder(entry) && (!entry.isDirectory() || hasOnlySidecars(path));
    if (isOurs && !isUnderWay(path)) rmSync(path, { recursive: true, force: true });
  } catch {
    // It may belong to another user's run. It wastes some bytes, but does no harm.
  }
}

function hasOnlySidecars(path: string): boolean {
  const entries = readdirSync(path, { withFileTypes: true, recursive: true });
  return entries.every((entry) => entry.isDirectory() || entry.name.endsWith(SIDECAR_SUFFIX));
}
