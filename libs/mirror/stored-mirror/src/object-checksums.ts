import { sha256Hex } from '@crates-mirror/hashing';
import type { Bucket, ListedObject } from '@crates-mirror/s3';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';
import type { DiskCache } from './disk-cache.ts';

/** Crates whose checksums are in memory. */
const MAX_CRATES = 20_000;
const MAX_ASKED_AT_ONCE = 16;
/** A line of the file on the disk: key, ETag, checksum or a dash. */
const LINE = /^(.+)\t([^\t]*)\t([0-9a-f]{64}|-)$/;

type Known = Map<string, { readonly etag: string; readonly sha256: string | undefined }>;

/**
 * The SHA-256 of objects, as the store or their writer has noted it. One request for each version
 * of an object; what was learned is in memory, and on the local disk in one file for each crate.
 */
export class ObjectChecksums {
  readonly #bucket: Bucket;
  readonly #disk: DiskCache;
  readonly #crates = new LRUCache<string, Promise<Known>>({ max: MAX_CRATES });
  readonly #limit = pLimit(MAX_ASKED_AT_ONCE);
  readonly #unsaved = new Map<string, NodeJS.Immediate>();

  constructor(bucket: Bucket, disk: DiskCache) {
    this.#bucket = bucket;
    this.#disk = disk;
  }

  /**
   * @param crate name under which the object is remembered
   * @returns lower-case hex; undefined if nobody has noted it
   * @throws FatalError if the store does not answer
   */
  async of(crate: string, { key, etag }: ListedObject): Promise<string | undefined> {
    const known = await this.#knownOf(crate);
    const before = known.get(key);
    if (before?.etag === etag) return before.sha256;
    return this.#limit(async () => {
      const facts = await this.#bucket.head(key);
      if (facts === undefined) return undefined;
      known.set(key, { etag: facts.etag, sha256: facts.sha256 });
      this.#saveSoon(crate, known);
      return facts.sha256;
    });
  }

  #knownOf(crate: string): Promise<Known> {
    let known = this.#crates.get(crate);
    if (known === undefined) {
      known = this.#read(crate);
      this.#crates.set(crate, known);
    }
    return known;
  }

  async #read(crate: string): Promise<Known> {
    const known: Known = new Map();
    const file = await this.#disk.open(fileOf(crate));
    try {
      const [digest = '', ...lines] = ((await file?.readFile('utf8')) ?? '').split('\n');
      if (digest !== sha256Hex(Buffer.from(lines.join('\n')))) return known;
      for (const line of lines) {
        const [, key, etag = '', sha256] = LINE.exec(line) ?? [];
        if (key !== undefined) known.set(key, { etag, sha256: sha256 === '-' ? undefined : sha256 });
      }
    } catch {
      // It is asked for again.
    } finally {
      await file?.close();
    }
    return known;
  }

  /** Once for all versions of a crate that are asked for together. */
  #saveSoon(crate: string, known: Known): void {
    if (this.#unsaved.has(crate) || this.#limit.pendingCount > 0) return;
    this.#unsaved.set(
      crate,
      setImmediate(() => {
        this.#unsaved.delete(crate);
        const lines = [...known].map(([key, { etag, sha256 = '-' }]) => `${key}\t${etag}\t${sha256}\n`);
        const text = lines.join('');
        void this.#disk.keep(fileOf(crate), [Buffer.from(`${sha256Hex(Buffer.from(text))}\n${text}`)]);
      }),
    );
  }
}

/** A name among those of crate files that is none of them. */
function fileOf(crate: string): string {
  return sha256Hex(Buffer.from(`checksums of ${crate}`));
}
