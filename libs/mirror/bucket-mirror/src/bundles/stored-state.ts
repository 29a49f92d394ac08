import { type CatalogEntry, parseMember } from '@crates-mirror/bundle';
import { bundleId, bundleNumber, isFinalName } from '@crates-mirror/bundle/names';
import { sha256Hex } from '@crates-mirror/hashing';
import type { Bucket, ListedObject } from '@crates-mirror/s3';
import { BUNDLES } from '../keys.ts';
import type { KnownObjects } from '../known-objects.ts';
import { tarSizeOf } from './stored-table.ts';

type ReadableBucket = Pick<Bucket, 'get' | 'getRange' | 'head' | 'list'>;

const BUNDLE = '.tar.zst';
const MANIFEST = '.manifest.jsonl';

/** The bundles of a bucket, by a listing. No body of a bundle is read. */
export class StoredState {
  /** Objects directly below `bundles/`, by file name. */
  readonly listed: ReadonlyMap<string, ListedObject>;
  readonly #bucket: ReadableBucket;
  readonly #known: KnownObjects;

  private constructor(
    bucket: ReadableBucket,
    known: KnownObjects,
    listed: ReadonlyMap<string, ListedObject>,
  ) {
    this.#bucket = bucket;
    this.#known = known;
    this.listed = listed;
  }

  /** @throws FatalError if the store cannot be listed */
  static async read(bucket: ReadableBucket, known: KnownObjects): Promise<StoredState> {
    const listed = new Map<string, ListedObject>();
    for await (const object of bucket.list(BUNDLES)) {
      const name = object.key.slice(BUNDLES.length);
      if (isFinalName(name)) listed.set(name, object);
    }
    return new StoredState(bucket, known, listed);
  }

  /** The number after those of all listed files. */
  get nextNumber(): number {
    let highest = 0;
    for (const name of this.listed.keys()) highest = Math.max(highest, bundleNumber(name) ?? 0);
    return highest + 1;
  }

  /**
   * Whether the store has a bundle as the catalog describes it: by its size and its noted SHA-256; or,
   * if none is noted, by its own seek table.
   */
  async hasIntact({ path, size, tar_size, sha256 }: CatalogEntry): Promise<boolean> {
    const object = this.listed.get(path);
    const key = BUNDLES + path;
    const known = this.#known.find(key);
    if (known !== undefined && known.size === object?.size && known.etag === object.etag)
      return known.size === size && known.sha256 === sha256;
    // A listing may lag behind.
    const facts = await this.#bucket.head(key);
    if (facts === undefined) this.#known.forget(key);
    if (facts === undefined || facts.size !== size) return false;
    if ((facts.sha256 ?? sha256) !== sha256) return false;
    if (facts.sha256 === undefined && (await tarSizeOf(this.#bucket, { ...facts, key })) !== tar_size)
      return false;
    this.#known.remember(key, { size, etag: facts.etag, sha256 });
    return true;
  }

  /** Names of bundles whose number no entry has. */
  orphans(entries: ReadonlyMap<number, unknown>): string[] {
    return [...this.listed.keys()].filter(
      (name) => name.endsWith(BUNDLE) && !entries.has(bundleNumber(name) ?? 0),
    );
  }

  /**
   * The catalog's entry of a stored bundle, made anew from its manifest, its noted SHA-256 and its
   * seek table.
   *
   * @returns undefined if one of these is missing or does not fit the others
   */
  async describe(path: string): Promise<CatalogEntry | undefined> {
    const key = BUNDLES + path;
    const manifest = path.replace(BUNDLE, MANIFEST);
    const facts = await this.#bucket.head(key);
    const lines = (await this.#bucket.get(BUNDLES + manifest))?.body;
    if (facts?.sha256 === undefined || lines === undefined) return undefined;
    const tarSize = await tarSizeOf(this.#bucket, { ...facts, key });
    const members = lines.toString('utf8').trimEnd().split('\n').map(parseMember);
    const [first, last] = [members[0], members.at(-1)];
    if (tarSize === undefined || first === undefined || last === undefined) return undefined;
    // A manifest that belongs to the bundle ends where the bundle does.
    if (members.includes(undefined) || last.offset + last.size > tarSize) return undefined;
    return {
      schema_version: 1,
      bundle: bundleId(bundleNumber(path) ?? 0),
      path,
      manifest,
      first_crate: first.name,
      last_crate: last.name,
      entries: members.length,
      size: facts.size,
      tar_size: tarSize,
      sha256: facts.sha256,
      manifest_sha256: sha256Hex(lines),
      finished_at: new Date(this.listed.get(path)?.modifiedAt ?? 0).toISOString(),
    };
  }
}
