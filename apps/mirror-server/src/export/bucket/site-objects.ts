import { createReadStream } from 'node:fs';
import { appendFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import {
  CRATES,
  headersOf,
  INDEX,
  type KnownObjects,
  listInParallel,
  ObjectTable,
} from '@crates-mirror/bucket-mirror';
import type { Bucket, ListedObject, StoreBody } from '@crates-mirror/s3';

/** Parallel listings. */
const LISTINGS = 8;
/** The directories of a site that are listed. */
const DIRECTORIES = [CRATES, INDEX];
const CONTROL = /\p{Cc}/u;

export interface SiteObjectsDeps {
  readonly bucket: Bucket;
  readonly known: KnownObjects;
  /** File for the listed keys, one per line. */
  readonly listingFile: string;
  /** Called before each write. @throws if this run no longer holds the lock */
  readonly checkWriter: () => void;
}

/** The objects of a site: one listing, updated with the changes of this run. */
export class SiteObjects {
  readonly #deps: SiteObjectsDeps;
  readonly #table = new ObjectTable();

  private constructor(deps: SiteObjectsDeps) {
    this.#deps = deps;
  }

  /** Lists a site, into memory and a file. @throws FatalError if it cannot be listed completely */
  static async open(deps: SiteObjectsDeps): Promise<SiteObjects> {
    const objects = new SiteObjects(deps);
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
    const { bucket, known } = this.#deps;
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
    return this.has(key) ? (await this.#deps.bucket.get(key))?.body : undefined;
  }

  async put(key: string, body: StoreBody): Promise<void> {
    this.#deps.checkWriter();
    const etag = await this.#deps.bucket.put(key, body, headersOf(key));
    this.#note(key, body.size, etag ?? '', body.sha256);
  }

  async remove(key: string): Promise<void> {
    if (!this.has(key)) return;
    this.#deps.checkWriter();
    await this.#deps.bucket.delete(key);
    this.#table.delete(key);
  }

  /** Keys below a directory that were listed and still exist. */
  async *keys(directory: string): AsyncGenerator<string> {
    const lines = createInterface({ input: createReadStream(this.#deps.listingFile) });
    for await (const key of lines) if (key.startsWith(directory) && this.has(key)) yield key;
  }

  flush(): void {
    this.#deps.known.flush();
  }

  async #list(): Promise<void> {
    const { bucket, listingFile } = this.#deps;
    await writeFile(listingFile, '');
    for (const directory of DIRECTORIES)
      await listInParallel(bucket, directory, LISTINGS, (objects) => this.#take(objects));
  }

  async #take(objects: readonly ListedObject[]): Promise<void> {
    // The exporter never writes such keys.
    const ours = objects.filter(({ key }) => !CONTROL.test(key));
    for (const object of ours) this.#table.set(object);
    await appendFile(this.#deps.listingFile, ours.map(({ key }) => `${key}\n`).join(''));
  }

  #note(key: string, size: number, etag: string, sha256: string): void {
    this.#table.set({ key, size, etag });
    this.#deps.known.remember(key, { size, etag, sha256 });
  }
}
