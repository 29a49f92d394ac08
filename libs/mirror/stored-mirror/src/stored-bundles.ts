import { mkdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BUNDLES, STATE } from '@crates-mirror/bucket-mirror';
import { bundleNumber, CATALOG_NAME } from '@crates-mirror/bundle/reading';
import type { BundleBytes, BundleSource } from '@crates-mirror/crate-files';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import { mirrorHome } from '@crates-mirror/layout';
import type { StoredObject } from '@crates-mirror/s3';
import { BundleCopies } from './bundle-copies.ts';
import type { ReadableBucket } from './readable-bucket.ts';
import { StoredBundle } from './stored-bundle.ts';

const CATALOG = BUNDLES + CATALOG_NAME;
const REMOVALS = `${BUNDLES}${STATE}removals.jsonl`;

/**
 * The bundles of a mirror in an object store, as a local folder that has their catalog, their
 * manifests and their seek tables. The frames stay where they are, and are read by ranged requests.
 */
export class StoredBundles implements BundleSource {
  readonly directory: string;
  readonly #bucket: ReadableBucket;
  readonly #copies: BundleCopies;
  /** ETags of the catalog and of the journal of removals as they are in the folder. */
  readonly #etags = new Map<string, string>();
  /** ETags of the bundles that the catalog names, by file name. */
  #bundles = new Map<string, string>();
  /** Whether a bundle has changed although the catalog has not. */
  #isStale = false;

  /** @param directory for the copies; other processes may use it for the same bundles */
  constructor(bucket: ReadableBucket, directory: string) {
    this.directory = join(directory, 'bundles');
    this.#bucket = bucket;
    this.#copies = new BundleCopies(bucket, this.directory, join(directory, 'etags'));
    mkdirSync(dirname(mirrorHome(this.directory).removalsFile), { recursive: true });
  }

  /** Paths of the local copies of the manifests. */
  async manifests(): Promise<string[]> {
    const names = await readdir(this.directory);
    return names.filter((name) => name.endsWith('.manifest.jsonl')).map((name) => join(this.directory, name));
  }

  async refresh(): Promise<void> {
    const catalog = await this.#ask(CATALOG);
    const isChanged = catalog !== 'unchanged' || this.#isStale;
    if (isChanged) await this.#copy(catalog === 'unchanged' ? undefined : (catalog?.body ?? Buffer.alloc(0)));
    if (catalog !== 'unchanged') this.#remember(CATALOG, catalog);
    const removals = await this.#ask(REMOVALS);
    if (removals === 'unchanged' || removals === undefined) return;
    writeFileAtomic(mirrorHome(this.directory).removalsFile, removals.body);
    this.#remember(REMOVALS, removals);
  }

  async open(name: string): Promise<BundleBytes> {
    return StoredBundle.open({
      bucket: this.#bucket,
      key: BUNDLES + name,
      etag: this.#bundles.get(name) ?? '',
      copy: join(this.directory, name),
      onChanged: () => {
        this.#isStale = true;
      },
    });
  }

  /**
   * The catalog is stored last, and read first: what it names is there. It comes into the folder
   * last, as other processes may read that.
   */
  async #copy(catalog: Buffer | undefined): Promise<void> {
    const text = String(catalog ?? (await this.#bucket.get(CATALOG))?.body ?? '');
    const bundles = new Map<string, string>();
    const names = new Set<string>();
    for await (const object of this.#bucket.list(BUNDLES)) {
      const name = object.key.slice(BUNDLES.length);
      if (bundleNumber(name) === undefined || !text.includes(JSON.stringify(name))) continue;
      names.add(name);
      await this.#copies.update(name, object);
      if (name.endsWith('.tar.zst')) bundles.set(name, object.etag);
    }
    this.#bundles = bundles;
    this.#isStale = false;
    if (catalog !== undefined) writeFileAtomic(join(this.directory, CATALOG_NAME), catalog);
    for (const name of await readdir(this.directory))
      if (bundleNumber(name) !== undefined && !names.has(name)) await this.#copies.remove(name);
  }

  /** @returns undefined if there is none */
  #ask(key: string): Promise<StoredObject | 'unchanged' | undefined> {
    const etag = this.#etags.get(key);
    return etag === undefined ? this.#bucket.get(key) : this.#bucket.getUnless(key, etag);
  }

  #remember(key: string, found: StoredObject | undefined): void {
    if (found === undefined) this.#etags.delete(key);
    else this.#etags.set(key, found.etag);
  }
}
