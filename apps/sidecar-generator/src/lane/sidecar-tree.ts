import { type Dirent, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectories, remainderOf, replaceFile, StagedDirectory } from '@crates-mirror/fs-atomic';

export const SIDECAR_SUFFIX = '.json';
/** Directories that are held in memory: the index goes through them one after the other. */
const MOST_DIRECTORIES = 64;

interface Directory {
  /** Names of the files in it. */
  readonly names: Set<string>;
  /** Where its files are until it is complete, if this lane makes it. */
  staged: StagedDirectory | undefined;
}

/** The files of a mirror's tree as one lane writes them. */
export class SidecarTree {
  readonly #root: string;
  readonly #directories = new Map<string, Directory>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Whether there is a sidecar at `path`, below the root. */
  has(path: string): boolean {
    const [directory, name] = split(path);
    return this.#known(directory)?.names.has(name) === true;
  }

  /** Puts a sidecar in place, unless the same is there. @throws the system's error */
  put(path: string, text: string): 'fresh' | 'changed' | 'unchanged' {
    const [place, name] = split(path);
    const directory = this.#known(place) ?? this.#make(place);
    const isThere = directory.names.has(name);
    directory.names.add(name);
    if (directory.staged !== undefined) {
      directory.staged.write(name, text);
      return 'fresh';
    }
    const full = join(this.#root, path);
    if (isThere && readFileSync(full, 'utf8') === text) return 'unchanged';
    replaceFile(full, text);
    return isThere ? 'changed' : 'fresh';
  }

  /** Gives the directories that were made their names. @throws the system's error */
  flush(): void {
    for (const directory of this.#directories.values()) {
      directory.staged?.commit();
      directory.staged = undefined;
    }
  }

  /** Lists a directory once, instead of asking for each of its files; removes what a kill left in it. */
  #known(path: string): Directory | undefined {
    const known = this.#directories.get(path);
    if (known !== undefined) return known;
    // What a kill left of a whole directory is beside its place.
    if (path !== '.') this.#known(split(path)[0]);
    const names = new Set<string>();
    const full = join(this.#root, path);
    // An exception costs more than asking first.
    if (statSync(full, { throwIfNoEntry: false }) === undefined) return undefined;
    for (const entry of readdirSync(full, { withFileTypes: true })) {
      if (remainderOf(entry.name) === undefined) names.add(entry.name);
      else removeRemainder(full, entry);
    }
    return this.#note(path, { names, staged: undefined });
  }

  #make(path: string): Directory {
    const full = join(this.#root, path);
    const staged = StagedDirectory.create(full);
    if (staged === undefined) makeDirectories(full);
    return this.#note(path, { names: new Set(), staged });
  }

  #note(path: string, directory: Directory): Directory {
    this.#directories.set(path, directory);
    for (const [oldest, { staged }] of this.#directories) {
      if (this.#directories.size <= MOST_DIRECTORIES) break;
      staged?.commit();
      this.#directories.delete(oldest);
    }
    return directory;
  }
}

/** Directory and name of a path with `/`. */
function split(path: string): [string, string] {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? ['.', path] : [path.slice(0, slash), path.slice(slash + 1)];
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
