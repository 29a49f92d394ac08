import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  CATALOG_NAME,
  type CatalogEntry,
  type NewCatalogEntry,
  type Note,
  readCatalog,
} from '@crates-mirror/bundle';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import { BUNDLES } from '../keys.ts';
import { KnownObjects } from '../known-objects.ts';
import { pullManifest } from './pull-manifest.ts';
import { type BundlePlaces, localFile, removeStored, storeBundle } from './store-bundle.ts';
import { CATALOG, encodeCatalog, inOrder, numberOf, parseCatalog, putCatalog } from './stored-catalog.ts';
import { StoredState } from './stored-state.ts';

export { CATALOG } from './stored-catalog.ts';

/**
 * The local folder has the unfinished bundle, finished ones until they are stored, and copies of the
 * catalog and of all manifests.
 */
export interface BundleShelfDeps extends BundlePlaces {
  /** Directory of what is known of the objects. */
  readonly objectsDirectory: string;
  readonly onNote: Note;
}

/**
 * The bundles of a mirror in a bucket, for the one run that writes to it. A bundle is written in a
 * local folder, and stored when it is finished: its manifest first, the bundle itself in parts, and
 * the catalog last. A kill between two steps leaves the local bundle, which the next run stores.
 */
export class BundleShelf {
  readonly #deps: BundleShelfDeps;
  readonly #state: StoredState;
  /** All lines of the stored catalog, and the bundles that are stored since. */
  #catalog: Map<number, CatalogEntry>;
  /** Paths of the bundles that are stored and intact. */
  readonly #stored = new Set<string>();
  #storing: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  private constructor(deps: BundleShelfDeps, state: StoredState, catalog: Map<number, CatalogEntry>) {
    this.#deps = deps;
    this.#state = state;
    this.#catalog = catalog;
  }

  /**
   * Makes catalog and manifests of the local folder those of the store.
   *
   * @throws FatalError if the store fails
   */
  static async open(deps: BundleShelfDeps): Promise<BundleShelf> {
    const { bucket, directory, objectsDirectory, onNote } = deps;
    const known = new KnownObjects(objectsDirectory, { isShared: true });
    const text = (await bucket.get(CATALOG))?.body.toString('utf8') ?? '';
    const { entries, badLines } = parseCatalog(text);
    for (const line of badLines) onNote('warn', `${bucket.describe(CATALOG)}:${line}: no entry, passed over`);
    const shelf = new BundleShelf(deps, await StoredState.read(bucket, known), entries);
    const local = readCatalog(directory);
    await shelf.#check(new Map([...local, ...entries]));
    await shelf.#adoptOrphans();
    known.flush();
    const all = inOrder([...local, ...shelf.#catalog]);
    writeFileAtomic(join(directory, CATALOG_NAME), encodeCatalog(all), { durable: true });
    for (const entry of shelf.#catalog.values())
      if (shelf.isStored(entry))
        await pullManifest(deps, entry, shelf.#state.listed.get(entry.manifest), onNote);
    if (encodeCatalog(shelf.#catalog) !== text && shelf.#catalog.size > 0) await shelf.#putCatalog();
    return shelf;
  }

  /** The bundle of a number that the store has, whatever its state. */
  find(number: number): CatalogEntry | undefined {
    return this.#catalog.get(number);
  }

  /** The least number that a new bundle may have. */
  get nextNumber(): number {
    return this.#state.nextNumber;
  }

  isStored({ path }: Pick<CatalogEntry, 'path'>): boolean {
    return this.#stored.has(path);
  }

  /**
   * Stores the finished bundles that an earlier run has left in the local folder.
   *
   * @param held ids of the bundles that are intact here or stored
   */
  async storeLeft(held: readonly string[]): Promise<void> {
    for (const entry of readCatalog(this.#deps.directory).values()) {
      if (this.isStored(entry)) this.#removeLeft(entry);
      else if (held.includes(entry.bundle)) await this.add(entry);
    }
  }

  /**
   * Begins to store a finished bundle, after the one before it. At most one bundle waits.
   *
   * @throws the error that an earlier bundle could not be stored for
   */
  async add(entry: NewCatalogEntry): Promise<void> {
    await this.done();
    this.#storing = this.#store({ schema_version: 1, ...entry }).catch((error: unknown) => {
      this.#failure ??= { error };
    });
  }

  /** Resolves when all bundles are stored. @throws the error that one could not be stored for */
  async done(): Promise<void> {
    await this.#storing;
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  async #check(entries: ReadonlyMap<number, CatalogEntry>): Promise<void> {
    for (const [number, entry] of entries) {
      if (!(await this.#state.hasIntact(entry))) continue;
      this.#stored.add(entry.path);
      // After a kill, its line may be missing.
      this.#catalog.set(number, entry);
    }
    this.#catalog = inOrder(this.#catalog);
  }

  /** Adds stored bundles that no catalog has: the cache was lost before the catalog was stored. */
  async #adoptOrphans(): Promise<void> {
    const { bucket, onNote } = this.#deps;
    for (const path of this.#state.orphans(this.#catalog)) {
      const entry = await this.#state.describe(path);
      if (entry === undefined)
        onNote('warn', `${bucket.describe(BUNDLES + path)} is in no catalog, and is left alone`);
      else {
        this.#catalog.set(numberOf(entry), entry);
        this.#stored.add(path);
      }
    }
    this.#catalog = inOrder(this.#catalog);
  }

  /** A kill came between storing a bundle and removing it here. */
  #removeLeft(entry: CatalogEntry): void {
    const { directory } = this.#deps;
    const path = join(directory, entry.path);
    if (existsSync(path) && localFile(path).sha256 === entry.sha256) removeStored(directory, entry);
  }

  async #store(entry: CatalogEntry): Promise<void> {
    const { bucket, directory, onNote } = this.#deps;
    await storeBundle(this.#deps, entry);
    this.#stored.add(entry.path);
    this.#catalog = inOrder([...this.#catalog, [numberOf(entry), entry]]);
    await this.#putCatalog();
    removeStored(directory, entry);
    onNote('info', `stored ${bucket.describe(BUNDLES + entry.path)}`);
  }

  async #putCatalog(): Promise<void> {
    this.#deps.check();
    await putCatalog(this.#deps.bucket, this.#catalog);
  }
}
