import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { INDEX } from '@crates-mirror/bucket-mirror';
import { forEachOf } from '@crates-mirror/concurrency/for-each-of';
import { indexPath } from '@crates-mirror/crates-index';
import { makeDirectories } from '@crates-mirror/fs-atomic';
import { sha256Hex } from '@crates-mirror/hashing';
import { walk } from '../publish-index.ts';
import type { SiteIndex } from '../site-target.ts';
import type { SiteObjects } from './site-objects.ts';

const CONFIG = 'config.json';

/** The index files of a site in a bucket, staged on the local disk until they are published. */
export class BucketIndex implements SiteIndex {
  readonly #objects: SiteObjects;
  readonly #stage: string;
  readonly #concurrency: number;

  /** @param stage an empty directory. @param concurrency number of parallel uploads */
  constructor(objects: SiteObjects, stage: string, concurrency: number) {
    this.#objects = objects;
    this.#stage = stage;
    this.#concurrency = concurrency;
  }

  read(path: string): Promise<Buffer | undefined> {
    return this.#objects.read(INDEX + path);
  }

  async isPublished(path: string, bytes: Buffer): Promise<boolean> {
    return (await this.#objects.sha256Of(INDEX + path)) === sha256Hex(bytes);
  }

  stage(path: string, bytes: Buffer): void {
    const staged = join(this.#stage, path);
    makeDirectories(dirname(staged));
    writeFileSync(staged, bytes);
  }

  async replaceNow(path: string, bytes: Buffer): Promise<void> {
    if (!this.#objects.has(INDEX + path)) return;
    if (bytes.length === 0) await this.remove(path);
    else await this.#put(path, bytes);
  }

  async publish(onPublished: () => void): Promise<void> {
    await forEachOf(walk(this.#stage), this.#concurrency, async (path) => {
      await this.#put(path, readFileSync(join(this.#stage, path)));
      onPublished();
    });
    this.#objects.flush();
  }

  async writeConfig(bytes: Buffer): Promise<void> {
    await this.#put(CONFIG, bytes);
    this.#objects.flush();
  }

  remove(path: string): Promise<void> {
    return this.#objects.remove(INDEX + path);
  }

  async *paths(): AsyncGenerator<string> {
    for await (const key of this.#objects.keys(INDEX)) {
      const path = key.slice(INDEX.length);
      // Objects with any other name were not written by the exporter.
      if (indexPath(basename(path)) === path) yield path;
    }
  }

  async #put(path: string, bytes: Buffer): Promise<void> {
    const body = { size: bytes.length, sha256: sha256Hex(bytes), pieces: () => [bytes] };
    await this.#objects.put(INDEX + path, body);
  }
}
