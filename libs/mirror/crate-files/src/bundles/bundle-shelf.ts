import { join } from 'node:path';
import { CATALOG_NAME, type CatalogEntry } from '@crates-mirror/bundle/reading';
import { CodedError, errorCode, errorMessage } from '@crates-mirror/errors';
import { WithdrawnMembers } from '@crates-mirror/removals';
import type { MemberPlace, OnNote, WantedFile } from '../place.ts';
import { isDamage } from '../read-error.ts';
import { Witness } from '../witness.ts';
import { BundleReader } from './bundle-reader.ts';
import type { BundleSource } from './bundle-source.ts';
import { isSameState } from './file-state.ts';
import { FrameCache } from './frame-cache.ts';
import { type ListedBundle, listBundles } from './list-bundles.ts';
import { type LostBundles, readLostBundles } from './lost-bundles.ts';
import { OpenBundle } from './open-bundle.ts';
import { ShelfContents } from './shelf-contents.ts';

/** Attempts to list a folder whose file names keep changing. */
const MAX_ATTEMPTS = 10;
/**
 * Maximum size of a yielded piece. A frame evicted from the cache meanwhile is decoded again for
 * each piece.
 */
const MAX_PIECE = 512 << 10;

/**
 * The bundles of a folder, read in place. Finished bundles are read by catalog, manifest and seek
 * table; the unfinished bundle of a running download is read up to its last whole frame.
 * {@link refresh} picks up changes.
 */
export class BundleShelf {
  readonly #source: BundleSource;
  readonly #directory: string;
  readonly #onNote: OnNote;
  readonly #witness: Witness;
  readonly #reader = new BundleReader();
  readonly #frames = new FrameCache();
  readonly #withdrawn: WithdrawnMembers;
  /** Reported problems by file name, so that each is reported once. */
  readonly #complaints = new Map<string, string>();
  #contents = new ShelfContents();
  #lost: readonly CatalogEntry[] = [];
  #traces: readonly string[] = [];
  #refreshing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  /** Incremented whenever members are added. */
  additions = 0;
  /** Incremented whenever members are removed. */
  removals = 0;
  /** When members were last added or removed, ms since the epoch. */
  changedAt = 0;
  /** Why the last refresh failed, if it did. What was known before it remains valid. */
  failure: string | undefined;
  #refreshedAt = Number.NEGATIVE_INFINITY;

  constructor(source: BundleSource, onNote: OnNote) {
    const { directory } = source;
    this.#source = source;
    this.#directory = directory;
    this.#onNote = onNote;
    this.#witness = new Witness(directory, CATALOG_NAME);
    this.#withdrawn = new WithdrawnMembers(directory);
  }

  /** The member table, for another thread. It is valid until something is removed. */
  get memory(): SharedArrayBuffer {
    return this.#contents.memory;
  }

  /** When each bundle was last written, ms since the epoch, by its number in the table. */
  get times(): readonly number[] {
    return this.#contents.bundles.map(({ state }) => state.mtimeMs);
  }

  /** All members with these bytes, the most trustworthy first. Empty if they are withdrawn. */
  find(wanted: WantedFile): readonly MemberPlace[] {
    return this.#withdrawn.has(wanted) ? [] : this.#contents.find(wanted.sha256);
  }

  /** Bundles that are in the catalog but were not served after the last refresh. */
  lost(): Promise<LostBundles> {
    return readLostBundles(this.#directory, this.#lost, this.#traces, this.#reader);
  }

  /**
   * Bytes `start` to `end` (inclusive) of a member, in pieces.
   * @throws if they are damaged or cannot be read now
   */
  async *read({ bundle, offset }: MemberPlace, start: number, end: number): AsyncGenerator<Buffer> {
    bundle.acquire();
    try {
      for (let at = offset + start; at <= offset + end; ) {
        const index = bundle.map.indexAt(at);
        const content = await this.#frames.get(bundle, index);
        const from = at - bundle.map.frame(index).contentStart;
        const length = Math.min(content.length - from, offset + end + 1 - at, MAX_PIECE);
        at += length;
        // A copy, because a slow client must not keep a whole frame in memory.
        yield Buffer.from(content.subarray(from, from + length));
      }
    } catch (error) {
      if (!isDamage(error)) await bundle.bytes.reopen();
      throw error;
    } finally {
      bundle.release();
    }
  }

  /** Rereads the folder. Once this resolves, everything there at the time of the call is known. */
  refresh(): Promise<void> {
    if (this.#refreshing === undefined) {
      this.#refreshing = this.#scan().finally(() => {
        this.#refreshing = undefined;
      });
      return this.#refreshing;
    }
    // The refresh in progress may have missed what prompted this call.
    this.#next ??= this.#refreshing.then(() => {
      this.#next = undefined;
      return this.refresh();
    });
    return this.#next;
  }

  /** Refreshes if the last refresh began more than `age` ms ago. */
  async refreshAfter(age: number): Promise<void> {
    if (performance.now() - this.#refreshedAt > age) await this.refresh();
  }

  async close(): Promise<void> {
    await this.#refreshing;
    await this.#reader.close();
    this.#contents.drop();
  }

  async #scan(): Promise<void> {
    const startedAt = performance.now();
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#scanFolder();
        this.failure = undefined;
        break;
      } catch (error) {
        // A bundle has just been renamed to its final name. The next attempt finds it there.
        if (errorCode(error) === 'ENOENT' && attempt < MAX_ATTEMPTS) continue;
        this.failure = `cannot read the bundles in ${this.#directory}: ${errorMessage(error)}`;
        this.#complain('', this.failure);
        break;
      }
    }
    this.#refreshedAt = startedAt;
  }

  /** @throws CodedError if the folder is gone or cannot be checked now */
  checkThere(): Promise<void> {
    return this.#witness.check();
  }

  async #scanFolder(): Promise<void> {
    await this.#source.refresh();
    await this.checkThere();
    if (await this.#withdrawn.refresh()) this.#changed();
    const { bundles, missing, unknown } = await listBundles(this.#directory);
    for (const { path: name } of missing)
      this.#complain(name, `${name} is in the catalog, and not in the folder`);
    for (const name of unknown) this.#complain(name, `${name} stands for a bundle that is not in the folder`);
    this.#traces = unknown;
    const before = this.#contents;
    const isLess = before.bundles.some((bundle) => !goesOn(bundle, bundles));
    // The members of a removed bundle may also be in another one, so all bundles are read again.
    // The old contents are served meanwhile.
    const contents = isLess ? new ShelfContents() : before;
    try {
      for (const listed of bundles) await this.#take(contents, listed);
    } catch (error) {
      if (isLess) contents.drop();
      throw error;
    }
    const open = new Set(contents.bundles.map(({ name }) => name));
    const unusable = bundles.flatMap(({ name, entry }) =>
      entry === undefined || open.has(name) ? [] : [entry],
    );
    this.#lost = [...missing, ...unusable];
    if (!isLess) return;
    this.#contents = contents;
    before.drop();
    this.#changed();
  }

  /** Called when something may have been removed or restored. */
  #changed(): void {
    this.removals += 1;
    this.additions += 1;
    this.changedAt = Date.now();
  }

  /** @throws the system error if a file has just been renamed */
  async #take(contents: ShelfContents, listed: ListedBundle): Promise<void> {
    const { number, name, state, entry } = listed;
    const known = contents.bundles.find((bundle) => bundle.number === number);
    const isKnownAsSuch = known !== undefined && known.isPartial === (entry === undefined);
    if (isKnownAsSuch && isSameState(known.state, state)) return;
    if (entry !== undefined && this.#complaints.get(name)?.endsWith(stamp(listed)) === true) return;
    const isGrowing = isKnownAsSuch && entry === undefined;
    let bundle = isGrowing ? known : undefined;
    try {
      bundle ??= new OpenBundle(name, number, entry === undefined, await this.#source.open(name));
      const { rows } = await this.#read(bundle, listed);
      if (isGrowing) contents.addMembers(bundle, rows);
      else contents.add(bundle, rows);
      this.additions += 1;
      this.changedAt = Math.max(this.changedAt, state.mtimeMs);
    } catch (error) {
      if (!isGrowing) bundle?.drop();
      if (entry === undefined && errorCode(error) === 'ENOENT') throw error;
      const why = entry === undefined ? 'cannot be read yet' : 'is not served';
      // Damage lasts until the file is replaced. Other errors may be gone at the next refresh.
      this.#complain(name, `${name} ${why}: ${errorMessage(error)}`, isDamage(error) ? stamp(listed) : '');
    }
  }

  async #read(
    bundle: OpenBundle,
    { name, manifest, state, entry }: ListedBundle,
  ): Promise<{ rows: Uint32Array }> {
    const files = { path: join(this.#directory, name), manifest: join(this.#directory, manifest) };
    if (entry !== undefined && entry.size !== state.size)
      throw new CodedError('damaged', `it has ${state.size} bytes, and the catalog says ${entry.size}`);
    const reading = await this.#reader.read(
      entry === undefined
        ? { kind: 'partial', ...files, from: bundle.readSoFar }
        : { kind: 'finished', ...files, manifestSha256: entry.manifest_sha256 },
    );
    bundle.grow(reading, state);
    return reading;
  }

  #complain(name: string, message: string, state = ''): void {
    if (this.#complaints.get(name) === message + state) return;
    this.#complaints.set(name, message + state);
    this.#onNote(message);
  }
}

function stamp({ state, entry }: ListedBundle): string {
  return `\n${state.inode}:${state.size}:${state.mtimeMs}:${entry?.sha256}`;
}

/** Whether all members of a bundle are still held, in the same file or in its successor. */
function goesOn(bundle: OpenBundle, bundles: readonly ListedBundle[]): boolean {
  const listed = bundles.find(({ number }) => number === bundle.number);
  if (listed === undefined) return false;
  if (bundle.isPartial && listed.entry !== undefined) return true;
  if (bundle.isPartial)
    return listed.state.inode === bundle.state.inode && listed.state.size >= bundle.map.size;
  return listed.name === bundle.name && isSameState(listed.state, bundle.state);
}
