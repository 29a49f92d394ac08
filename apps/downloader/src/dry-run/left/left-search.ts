import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { HashTable } from '@crates-mirror/hashing/hash-table';
import { hash64 } from '@crates-mirror/hashing/hash64';
import { mirrorHome, parseLayout } from '@crates-mirror/layout';
import type { Logger } from '@crates-mirror/logging';
import type { FileSum } from '../protocol.ts';
import { crateTree, shapeOf } from './crate-tree.ts';

/**
 * If the mirror belongs to another index, all of its files would be listed; this limits the list.
 */
const MAX_LISTED = 1000;

/** A crate file that the index does not name. */
export interface LeftFile {
  readonly path: string;
  readonly bytes: number;
  readonly storage: 'filesystem' | 'bundle';
}

/** Crate files that the mirror holds and that its index does not name, or no longer names. */
export interface LeftIndex {
  readonly loose: FileSum;
  readonly bundled: FileSum;
  /** The first of the files, loose ones first. */
  readonly files: readonly LeftFile[];
}

export interface LeftSearchOptions {
  readonly options: DownloaderOptions;
  /** Bundles whose members count as mirrored. */
  readonly held: readonly string[];
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Searches for crate files that the index does not name. Changes nothing. */
export class LeftSearch {
  readonly #options: LeftSearchOptions;
  readonly #named = new HashTable({ valueWords: 0 });

  constructor(options: LeftSearchOptions) {
    this.#options = options;
  }

  /** @param words hashes of paths that the index names, from NamedPaths */
  name(words: Uint32Array): void {
    for (let i = 0; i < words.length; i += 2) this.#named.add(words[i] as number, words[i + 1] as number);
  }

  /**
   * Must be called after the whole index has been named.
   *
   * @returns undefined if crate files cannot be recognized by name
   * @throws the system's error when the mirror cannot be read
   */
  async find(): Promise<LeftIndex | undefined> {
    const { out, layout, bundle } = this.#options.options;
    const shape = shapeOf(parseLayout(layout));
    if (shape === undefined) return undefined;
    const found = new LeftList(this.#options.logger);
    for await (const paths of crateTree(out, shape)) {
      if (this.#options.signal.aborted) return undefined;
      for (const path of paths) if (!this.#isNamed(path)) found.addLoose(path, join(out, path));
    }
    if (bundle !== undefined) await this.#addMembers(bundle.directory, found);
    return found;
  }

  #isNamed(path: string): boolean {
    return this.#named.find(...hash64(path)) !== -1;
  }

  /** The ledger may contain a path twice. */
  async #addMembers(directory: string, found: LeftList): Promise<void> {
    const { heldMembers } = await import('@crates-mirror/bundle');
    const seen = new HashTable({ valueWords: 0 });
    for (const { path, size } of heldMembers(mirrorHome(directory).membersDirectory, this.#options.held)) {
      if (this.#isNamed(path)) continue;
      const before = seen.count;
      seen.add(...hash64(path));
      if (seen.count > before) found.addMember(path, size);
    }
  }
}

class LeftList implements LeftIndex {
  readonly loose = { count: 0, bytes: 0 };
  readonly bundled = { count: 0, bytes: 0 };
  readonly files: LeftFile[] = [];
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  addLoose(path: string, file: string): void {
    const bytes = statSync(file, { throwIfNoEntry: false })?.size;
    if (bytes !== undefined) this.#add(this.loose, { path, bytes, storage: 'filesystem' });
  }

  addMember(path: string, bytes: number): void {
    this.#add(this.bundled, { path, bytes, storage: 'bundle' });
  }

  #add(sum: { count: number; bytes: number }, file: LeftFile): void {
    const { path, bytes } = file;
    sum.count += 1;
    sum.bytes += bytes;
    if (this.files.length < MAX_LISTED) this.files.push(file);
    this.#logger.debug({ path, bytes, storage: file.storage }, `not in the index: ${path}`);
  }
}
