import { INDEX } from '@crates-mirror/bucket-mirror';
import type { Bucket } from '@crates-mirror/s3';
import type { LiveIndex } from '@crates-mirror/sparse-index';
import { LRUCache } from 'lru-cache';
import type { StoreWitness } from './store-witness.ts';

/**
 * How long a file that was just requested is used again: for its key, and then for its content. ms
 */
const FRESH_MS = 200;
const MAX_BYTES = 16 << 20;
const OVERHEAD = 300;

interface Known {
  /** undefined if there is no such file */
  readonly file: { readonly content: Buffer; readonly etag: string; readonly changedAt: number } | undefined;
  readonly askedAt: number;
}

/** The index in an object store. Each file is requested with the ETag of the one that is known. */
export class StoredIndex implements LiveIndex {
  readonly #bucket: Bucket;
  readonly #witness: StoreWitness;
  readonly #known = new LRUCache<string, Known>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ file }) => (file?.content.length ?? 0) + OVERHEAD,
  });
  readonly #asking = new Map<string, Promise<Known>>();

  constructor(bucket: Bucket, witness: StoreWitness) {
    this.#bucket = bucket;
    this.#witness = witness;
  }

  checkThere(): Promise<void> {
    return this.#witness.check();
  }

  async read(path: string): ReturnType<LiveIndex['read']> {
    const { file } = await this.#ask(path);
    return file && { content: file.content, key: file.etag, changedAt: file.changedAt };
  }

  async keyOf(path: string): Promise<string> {
    return (await this.#ask(path)).file?.etag ?? 'none';
  }

  async #ask(path: string): Promise<Known> {
    const known = this.#known.get(path);
    if (known !== undefined && performance.now() - known.askedAt < FRESH_MS) return known;
    let asking = this.#asking.get(path);
    if (asking === undefined) {
      asking = this.#askNow(path, known).finally(() => this.#asking.delete(path));
      this.#asking.set(path, asking);
    }
    return asking;
  }

  async #askNow(path: string, before: Known | undefined): Promise<Known> {
    const askedAt = performance.now();
    const key = INDEX + path;
    const found =
      before?.file === undefined
        ? await this.#bucket.get(key)
        : await this.#bucket.getUnless(key, before.file.etag);
    const file =
      found === 'unchanged'
        ? before?.file
        : found && { content: found.body, etag: found.etag, changedAt: found.modifiedAt };
    const known = { file, askedAt };
    this.#known.set(path, known);
    return known;
  }
}
