import { createReadStream } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Bucket, ObjectHeaders, StoreBody } from '@crates-mirror/s3';
import { forEachOf } from '../for-each-of.ts';
import type { KnownObjects } from './known-objects.ts';
import { ObjectTable } from './object-table.ts';

/** Parallel listings. */
const LISTINGS = 8;
/** The directories of a site that are listed. */
const DIRECTORIES = ['crates/', 'index/'];
const CONTROL = /\p{Cc}/u;

export interface SiteObjectsParts {
  readonly bucket: Bucket;
  readonly known: KnownObjects;
  /** File for the listed keys, one per line. */
  readonly listingFile: string;
  /** Called before each write. @throws if this run no longer holds the lock */
  readonly checkWriter: () => void;
}

/** The objects of a site: one listing, updated with the changes of this run. */
export class SiteObjects {
  readonly #parts: SiteObjectsParts;
  readonly #table = new ObjectTable();

  private constructor(parts: SiteObjectsParts) {
    this.#parts = parts;
  }

  /** Lists a site. @throws FatalError if it cannot be listed completely */
  static async list(parts: SiteObjectsParts): Promise<SiteObjects> {
    const objects = new SiteObjects(parts);
    await objects.#list();
    return objects;
  }

  has(key: string): boolean {
    return this.#table.sizeOf(key) !== undefined;
  }

  /** @returns bytes; undefined if there is no such object */
  sizeOf(key: string): number | undefined {
    return this.#table.sizeOf(key);
  }

  /**
   * Lower-case hex; undefined if there is no such object, or its checksum is unknown without
   * reading it.
   */
  async sha256Of(key: string): Promise<string | undefined> {
    if (!this.has(key)) return undefined;
    const { bucket, known } = this.#parts;
    const before = known.find(key);
    if (before !== undefined && this.#table.isSame({ key, ...before })) return before.sha256;
    const facts = await bucket.head(key);
    if (facts === undefined) {
      this.#table.delete(key);
      return undefined;
    }
    const { size, etag, sha256 } = facts;
    if (sha256 !== undefined) this.#note(key, size, etag, sha256);
    return sha256;
  }

  /** All bytes of an object; undefined if there is none. */
  async read(key: string): Promise<Buffer | undefined> {
    return this.has(key) ? (await this.#parts.bucket.get(key))?.body : undefined;
  }

  async put(key: string, body: StoreBody, headers: ObjectHeaders): Promise<void> {
    this.#parts.checkWriter();
    const etag = await this.#parts.bucket.put(key, body, headers);
    this.#note(key, body.size, etag ?? '', body.sha256);
  }

  async remove(key: string): Promise<void> {
    if (!this.has(key)) return;
    this.#parts.checkWriter();
    await this.#parts.bucket.delete(key);
    this.#table.delete(key);
  }

  /** Keys below a directory that were listed and still exist. */
  async *keys(directory: string): AsyncGenerator<string> {
    const lines = createInterface({ input: createReadStream(this.#parts.listingFile) });
    for await (const key of lines) if (key.startsWith(directory) && this.has(key)) yield key;
  }

  flush(): void {
    this.#parts.known.flush();
  }

  async #list(): Promise<void> {
    const { bucket, listingFile } = this.#parts;
    await writeFile(listingFile, '');
    // Besides the directories there is only config.json, so this lists few objects.
    const found = await Promise.all(DIRECTORIES.map((directory) => bucket.directories(directory)));
    await forEachOf(found.flat(), LISTINGS, (directory) => this.#listDirectory(directory));
    await this.#listOne('index/config.json');
  }

  async #listDirectory(directory: string): Promise<void> {
    const keys: string[] = [];
    for await (const object of this.#parts.bucket.list(directory)) {
      // The exporter never writes such keys.
      if (CONTROL.test(object.key)) continue;
      this.#table.set(object);
      keys.push(object.key);
    }
    await appendFile(this.#parts.listingFile, keys.map((key) => `${key}\n`).join(''));
  }

  async #listOne(key: string): Promise<void> {
    for await (const object of this.#parts.bucket.list(key)) if (object.key === key) this.#table.set(object);
  }

  #note(key: string, size: number, etag: string, sha256: string): void {
    this.#table.set({ key, size, etag });
    this.#parts.known.remember(key, { size, etag, sha256 });
  }
}
