import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, errorMessage } from '@crates-mirror/errors';
import { type GitObject, hexOf, type ObjectId, type ObjectType, unreadable } from './git-object.ts';
import { readLooseObject } from './loose-object.ts';
import { objectDirectories } from './object-directories.ts';
import { Pack } from './pack.ts';
import { PackMemory } from './pack-memory.ts';

/**
 * Reads the objects of a repository in this process: starting git costs milliseconds, and its
 * output passes through a pipe. Nothing from the repository's configuration is executed. Objects
 * that are repacked meanwhile are found again, and a pack stays open once opened, since it may hold
 * objects that exist nowhere else any more.
 */
export class ObjectStore {
  readonly #gitDirectory: string;
  readonly #memory = new PackMemory();
  #opened = 0;
  #directories: readonly string[] = [];
  /** In order of last use, by path without `.pack`. */
  #packs = new Map<string, Pack>();
  /** The first error during the current lookup. */
  #failure: unknown;

  constructor(gitDirectory: string) {
    this.#gitDirectory = gitDirectory;
  }

  /**
   * @param most bytes
   * @returns its bytes, valid until the next call
   * @throws CodedError if the object is missing, of another type, damaged or too large
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

  /**
   * An object that is damaged in one place may be intact in another: a repaired repository has
   * both.
   */
  #attempt<T>(read: () => T | undefined): T | undefined {
    try {
      return read();
    } catch (error) {
      this.#failure ??= error;
      return undefined;
    }
  }

  /** Objects in the same pack are usually read consecutively. */
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
      // Repacked since the listing: the new pack was already there.
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
}

/**
 * The packs in a directory of objects, without `.pack`. A pack is complete once its index exists.
 */
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
