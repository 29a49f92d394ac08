import { CRATES } from '@crates-mirror/bucket-mirror';
import type { WantedFile } from '@crates-mirror/crate-files';
import type { Layout } from '@crates-mirror/layout';
import type { Bucket, ListedObject } from '@crates-mirror/s3';
import { LRUCache } from 'lru-cache';

/** How long an object that was listed is believed to be there. ms */
const BELIEVED_MS = 60_000;
/** How long an object that was not listed is believed to be absent. ms */
const ABSENT_MS = 1000;
/** Objects in the listings that are kept. */
const MAX_OBJECTS = 200_000;
const NINE = 0x39;

interface Listing {
  readonly objects: ReadonlyMap<string, ListedObject>;
  /** A time of performance.now(). */
  readonly madeAt: number;
}

/** The objects of all versions of a crate, from one listing for each crate. */
export class VersionListings {
  readonly #bucket: Bucket;
  readonly #layout: Layout;
  readonly #listings = new LRUCache<string, Listing>({
    maxSize: MAX_OBJECTS,
    sizeCalculation: ({ objects }) => objects.size + 1,
  });
  readonly #listing = new Map<string, Promise<Listing>>();

  constructor(bucket: Bucket, layout: Layout) {
    this.#bucket = bucket;
    this.#layout = layout;
  }

  /** @param key of the crate file. @throws FatalError if the store does not answer */
  async find(wanted: WantedFile, key: string): Promise<ListedObject | undefined> {
    const begin = this.#beginOf(wanted.name) ?? key;
    const known = this.#listings.get(begin);
    const age = known === undefined ? Number.POSITIVE_INFINITY : performance.now() - known.madeAt;
    const object = known?.objects.get(key);
    if (age < (object === undefined ? ABSENT_MS : BELIEVED_MS)) return object;
    return (await this.#list(begin)).objects.get(key);
  }

  /** Drops the listing with a key. */
  forget(key: string): void {
    for (const [begin] of this.#listings.entries()) if (key.startsWith(begin)) this.#listings.delete(begin);
  }

  /**
   * The beginning that the keys of all versions of a crate have; undefined if other crates have it
   * too.
   */
  #beginOf(name: string): string | undefined {
    const low = this.#layout.pathOf({ name, version: '0.0.0', sha256: '0'.repeat(64) });
    const high = this.#layout.pathOf({ name, version: '9.9.9', sha256: 'f'.repeat(64) });
    let length = 0;
    while (length < low.length && low[length] === high[length]) length += 1;
    const begin = low.slice(0, length);
    return begin.includes(name) ? CRATES + begin : undefined;
  }

  #list(begin: string): Promise<Listing> {
    let listing = this.#listing.get(begin);
    if (listing === undefined) {
      listing = this.#listNow(begin).finally(() => this.#listing.delete(begin));
      this.#listing.set(begin, listing);
    }
    return listing;
  }

  async #listNow(begin: string): Promise<Listing> {
    const madeAt = performance.now();
    const objects = new Map<string, ListedObject>();
    let isOrdered = true;
    let last = '';
    for await (const object of this.#bucket.list(begin)) {
      isOrdered &&= last < object.key;
      last = object.key;
      // Versions begin with a digit. What follows in the order of keys are crates with longer
      // names.
      if (isOrdered && object.key.charCodeAt(begin.length) > NINE) break;
      objects.set(object.key, object);
    }
    const listing = { objects, madeAt };
    this.#listings.set(begin, listing);
    return listing;
  }
}
