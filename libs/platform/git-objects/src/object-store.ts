import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, errorMessage } from '@crates-mirror/errors';
import { type GitObject, hexOf, type ObjectId, type ObjectType, unreadable } from './git-object.ts';
import { readLooseObject } from './loose-object.ts';
import { objectDirectories } from './object-directories.ts';
import { Pack } from './pack.ts';
import { PackMemory } from './pack-memory.ts';

/**
 * The objects of a repository, read in this process: starting a git costs milliseconds, and what it writes comes through a pipe.
 * Nothing of the repository's configuration is run. What was packed anew meanwhile is found again, and a pack that
 * has been opened stays open: it may have what nobody else has any more.
 */
export class ObjectStore {
  readonly #gitDirectory: string;
  readonly #memory = new PackMemory();
  #opened = 0;
  #directories: readonly string[] = [];
  /** In the order of their last use; by their paths without `.pack`. */
  #packs = new Map<string, Pack>();
  /** The first thing that went wrong while the present object is looked for. */
  #failure: unknown;

  constructor(gitDirectory: string) {
    this.#gitDirectory = gitDirectory;
  }

  /**
   * @param most bytes
   * @returns its bytes, until the next call
   * @throws CodedError where it is not there, of another type, damaged or too large
   */
  read(id: ObjectId, type: ObjectType, most: number): Buffer {
    this.#failure = undefined;
    const object = this.#find(id, most) ?? this.#findAnew(id, most);
    if (object === undefined && this.#failure !== undefined) throw this.#asUnreadable(this.#failure);
    if (object === undefined)
      throw unreadable(
        `${this.#gitDirectory} does not have the ${type} ${hexOf(id)}: it is damaged, a partial clone, or another git has pruned it meanwhile`,
      );
    if (object.type !== type) throw unreadable(`${hexOf(id)} in ${this.#gitDirectory} is no ${type}`);
    return object.bytes;
  }

  close(): void {
    for (const pack of this.#packs.values()) pack.close();
    this.#packs.clear();
  }

  #find(id: ObjectId, most: number): GitObject | undefined {
    for (const [path, pack] of this.#packs) {
      const object = this.#attempt(() => pack.read(id, most));
      if (object === undefined) continue;
      this.#prefer(path, pack);
      return object;
    }
    for (const directory of this.#directories) {
      const object = this.#attempt(() => readLooseObject(directory, id, most));
      if (object !== undefined) return object;
    }
    return undefined;
  }

  /** What one place cannot give, another one may have whole: a repository that was repaired has both. */
  #attempt<T>(read: () => T | undefined): T | undefined {
    try {
      return read();
    } catch (error) {
      this.#failure ??= error;
      return undefined;
    }
  }

  /** Objects in one place are asked for one after the other. */
  #prefer(path: string, pack: Pack): void {
    const [first] = this.#packs.keys();
    if (first === path) return;
    this.#packs.delete(path);
    this.#packs = new Map([[path, pack], ...this.#packs]);
  }

  #asUnreadable(error: unknown): unknown {
    if (errorCode(error) === 'unreadable') return error;
    return unreadable(`${this.#gitDirectory} cannot be read: ${errorMessage(error)}`, error);
  }

  #findAnew(id: ObjectId, most: number): GitObject | undefined {
    this.#directories = objectDirectories(this.#gitDirectory);
    const paths = this.#directories.flatMap((directory) => this.#attempt(() => packsIn(directory)) ?? []);
    for (const path of paths) this.#attempt(() => this.#open(path, id.length));
    return this.#find(id, most);
  }

  #open(path: string, idLength: number): void {
    if (this.#packs.has(path)) return;
    try {
      this.#opened += 1;
      this.#packs.set(path, new Pack(path, idLength, this.#memory, this.#opened));
    } catch (error) {
      // Packed anew since it was listed: the new pack was there before.
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
}

/** The packs of a directory of objects, without `.pack`. A pack is complete once it has its index. */
function packsIn(objects: string): string[] {
  const directory = join(objects, 'pack');
  try {
    const names = readdirSync(directory).filter((name) => /^pack-.*\.idx$/.test(name));
    return names.map((name) => join(directory, name.slice(0, -'.idx'.length)));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}
