import {
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeDirectories, remainderOf, replaceFile, StagedDirectory } from '@crates-mirror/fs-atomic';
import { SIDECAR_SUFFIX } from '../sidecar-suffix.ts';

/** A sidecar as bytes. */
export interface SidecarBytes {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Directories that are held in memory: the index goes through them one after the other. */
const MOST_DIRECTORIES = 64;

interface Directory {
  /** Names of what is in it, but for what {@link staged} will bring. */
  readonly names: Set<string>;
  /** Where its files are until it is complete, if this lane makes it. */
  readonly staged: StagedDirectory | undefined;
}

/** The files of a mirror's tree as one lane writes them. */
export class SidecarTree {
  readonly #root: string;
  readonly #directories = new Map<string, Directory>();
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
    const { staged, names } =
      directory === this.#path && this.#directory ? this.#directory : this.#open(directory);
    if (staged !== undefined) {
      staged.write(name, bytes, start, end);
      return 'fresh';
    }
    const path = `${this.#root}/${directory}/${name}`;
    const isThere = names.has(name);
    if (isThere && holdsSame(path, bytes.subarray(start, end))) return 'unchanged';
    replaceFile(path, bytes, start, end);
    names.add(name);
    return isThere ? 'changed' : 'fresh';
  }

  /** Gives the directories that were made their names. @throws the system's error */
  flush(): void {
    this.#path = undefined;
    for (const [path, { staged }] of this.#directories) {
      if (staged === undefined) continue;
      this.#directories.delete(path);
      staged.commit();
    }
  }

  #open(path: string): Directory {
    this.#directory = this.#known(path) ?? this.#make(path);
    this.#path = path;
    return this.#directory;
  }

  /**
   * Lists a directory once, instead of asking for each of its files; removes what a kill left in it.
   *
   * @returns undefined when there is none
   */
  #known(path: string): Directory | undefined {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    if (path !== '.') {
      // What a kill left of a whole directory is beside its place. Listing that also tells whether there is this one.
      const [parent, name] = splitPath(path);
      if (this.#known(parent)?.names.has(name) !== true) return undefined;
    }
    const names = new Set<string>();
    const full = join(this.#root, path);
    for (const entry of readdirSync(full, { withFileTypes: true })) {
      if (remainderOf(entry.name) === undefined) names.add(entry.name);
      else removeRemainder(full, entry);
    }
    return this.#note(path, { names, staged: undefined });
  }

  #make(path: string): Directory {
    const full = join(this.#root, path);
    const [parent] = splitPath(path);
    if (this.#known(parent) === undefined) {
      makeDirectories(join(this.#root, parent));
      this.#note(parent, { names: new Set(), staged: undefined });
    }
    const staged = StagedDirectory.create(full);
    if (staged === undefined) makeDirectories(full);
    return this.#note(path, { names: new Set(), staged });
  }

  #note(path: string, directory: Directory): Directory {
    this.#directories.set(path, directory);
    for (const [oldest, { staged }] of this.#directories) {
      if (this.#directories.size <= MOST_DIRECTORIES) break;
      this.#directories.delete(oldest);
      staged?.commit();
    }
    return directory;
  }
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

/**
 * Removes a sidecar that was never finished, or a directory of sidecars and nothing else: what is not ours to remove
 * stays. Another lane that works in the same directory may have been here first.
 */
export function removeRemainder(directory: string, entry: Dirent): void {
  const path = join(directory, entry.name);
  const isOurs = entry.isDirectory()
    ? namesIn(path).every((name) => name.endsWith(SIDECAR_SUFFIX))
    : remainderOf(entry.name)?.endsWith(SIDECAR_SUFFIX) === true;
  if (isOurs) rmSync(path, { recursive: true, force: true });
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
