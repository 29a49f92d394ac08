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

/** Directories that are held in memory: the index goes through them one after the other. */
const MAX_DIRECTORIES = 1024;

/** Of a listing: in a flat layout one directory has millions, which together would be too many for a thread's heap. */
const ENTRIES_AT_ONCE = 256;

interface Directory {
  /** Where it is now. */
  readonly at: string;
  /** Whether it is new and nobody sees it yet, so that its files are written as they stand. */
  readonly isStaged: boolean;
  /** Names of what is in it, but for crate files and what is written while it is staged. */
  readonly names: Set<string>;
}

/** The files of a mirror's tree as one lane writes them. */
export class SidecarTree {
  readonly #root: string;
  /** By their paths below the root, which is `.` */
  readonly #directories = new Map<string, Directory>();
  /** New directories whose parents are not. */
  #staged: StagedDirectory[] = [];
  /** The one that was used last, as the next file is mostly in it too. */
  #path: string | undefined;
  #directory: Directory | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** Whether a sidecar was in a directory, below the root, when that was first looked at. */
  has(directory: string, name: string): boolean {
    return this.#known(directory)?.names.has(name) === true;
  }

  /** Puts a sidecar into a directory below the root, unless the same is there. @throws the system's error */
  put(directory: string, name: string, sidecar: SidecarBytes): 'fresh' | 'changed' | 'unchanged' {
    const { bytes, start, end } = sidecar;
    const { at, isStaged, names } =
      directory === this.#path && this.#directory ? this.#directory : this.#open(directory);
    const path = below(at, name);
    if (isStaged) {
      writeSmallFile(path, bytes, start, end);
      return 'fresh';
    }
    const isThere = names.has(name);
    if (isThere && holdsSame(path, bytes.subarray(start, end))) return 'unchanged';
    replaceFile(path, bytes, start, end);
    names.add(name);
    return isThere ? 'changed' : 'fresh';
  }

  /** Gives the directories that were made their names. @throws the system's error, when all others have theirs */
  flush(): void {
    const staged = this.#staged;
    this.#staged = [];
    this.#path = undefined;
    // They are somewhere else now.
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
    this.#directory = this.#known(path) ?? this.#make(path);
    this.#path = path;
    return this.#directory;
  }

  /** Of all directories, only the root is one to come back to, and may be large. */
  #forget(): void {
    this.flush();
    for (const path of this.#directories.keys()) if (path !== '.') this.#directories.delete(path);
  }

  /** @returns undefined when there is none */
  #known(path: string): Directory | undefined {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    if (path === '.') return this.#list(path, this.#root, false);
    // What a kill left of a whole directory is beside its place. Listing that also tells whether there is this one.
    const [parent, name] = splitPath(path);
    const above = this.#known(parent);
    if (above?.names.has(name) !== true) return undefined;
    return this.#list(path, below(above.at, name), above.isStaged);
  }

  /** Lists a directory once, instead of asking for each of its files; removes what a kill left in it. */
  #list(path: string, at: string, isStaged: boolean): Directory {
    const names = new Set<string>();
    const listing = opendirSync(at, { bufferSize: ENTRIES_AT_ONCE });
    try {
      for (let entry = listing.readSync(); entry !== null; entry = listing.readSync())
        if (!isCrateFile(entry) && !removeRemainder(at, entry)) names.add(entry.name);
    } finally {
      listing.closeSync();
    }
    return this.#note(path, { at, isStaged, names });
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
    return { at, isStaged: true, names: new Set() };
  }

  #note(path: string, directory: Directory): Directory {
    this.#directories.set(path, directory);
    return directory;
  }
}

/** A path below a directory. That of the working directory is left out: the kernel would look for it each time. */
function below(directory: string, name: string): string {
  return directory === '.' ? name : `${directory}/${name}`;
}

/** Directory and name of a path with `/`; the directory of a name alone is `.`. */
export function splitPath(path: string): [string, string] {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? ['.', path] : [path.slice(0, slash), path.slice(slash + 1)];
}

/** Whether a file has these bytes. Whatever else is in its place, or cannot be read, is not the same. */
function holdsSame(path: string, bytes: Buffer): boolean {
  try {
    // A pipe would be waited for.
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

/** Half of all files in most mirrors, of which nothing needs to be known. */
function isCrateFile(entry: Dirent): boolean {
  return entry.name.endsWith('.crate') && entry.isFile();
}

/**
 * Removes a sidecar that was never finished, or a directory of sidecars and nothing else: what is not ours to remove
 * stays, and so does what another run is about to finish. Another lane that works in the same directory may have been here first.
 *
 * @returns whether it was one
 */
export function removeRemainder(directory: string, entry: Dirent): boolean {
  const path = below(directory, entry.name);
  try {
    const isOurs = entry.isDirectory()
      ? isStagedRemainder(entry.name) && hasOnlySidecars(path)
      : remainderOf(entry.name)?.endsWith(SIDECAR_SUFFIX) === true;
    if (isOurs && !isUnderWay(path)) rmSync(path, { recursive: true, force: true });
    return isOurs;
  } catch {
    // Of a run as another user, say. It wastes some bytes, and is in nobody's way.
    return false;
  }
}

function hasOnlySidecars(path: string): boolean {
  const entries = readdirSync(path, { withFileTypes: true, recursive: true });
  return entries.every((entry) => entry.isDirectory() || entry.name.endsWith(SIDECAR_SUFFIX));
}
