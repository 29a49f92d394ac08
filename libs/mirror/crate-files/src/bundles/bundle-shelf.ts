import { join } from 'node:path';
import { CATALOG_NAME, type CatalogEntry } from '@crates-mirror/bundle/reading';
import { CodedError, errorCode, errorMessage } from '@crates-mirror/errors';
import { WithdrawnMembers } from '@crates-mirror/removals';
import type { MemberPlace, OnNote, WantedFile } from '../place.ts';
import { isDamage } from '../read-error.ts';
import { Witness } from '../witness.ts';
import { BundleReader } from './bundle-reader.ts';
import { FrameCache } from './frame-cache.ts';
import { type ListedBundle, listBundles } from './list-bundles.ts';
import { type LostBundles, readLostBundles } from './lost-bundles.ts';
import { isSameState, OpenBundle } from './open-bundle.ts';
import { ShelfContents } from './shelf-contents.ts';

/** Looks at a folder in which names are changing. */
const MAX_ATTEMPTS = 10;
/** What a reader gets at once: a frame that had to go from the cache meanwhile is decoded once more for each. */
const MAX_PIECE = 512 << 10;

/**
 * The bundles of a folder, read in place: finished ones by catalog, manifest and seek table, and the one that a run has
 * under way as far as its frames are whole. {@link refresh} takes in what has changed since.
 */
export class BundleShelf {
  readonly #directory: string;
  readonly #onNote: OnNote;
  readonly #witness: Witness;
  readonly #reader = new BundleReader();
  readonly #frames = new FrameCache();
  readonly #withdrawn: WithdrawnMembers;
  /** What was complained of, by file name, so that it is done once. */
  readonly #complaints = new Map<string, string>();
  #contents = new ShelfContents();
  #lost: readonly CatalogEntry[] = [];
  #traces: readonly string[] = [];
  #refreshing: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  /** Goes up whenever there is more. */
  additions = 0;
  /** Goes up whenever something is gone. */
  removals = 0;
  /** When something was added or removed the last time, ms since the epoch. */
  changedAt = 0;
  /** Why the last look did not get to its end, if it did not: what was known before still counts. */
  failure: string | undefined;
  #refreshedAt = Number.NEGATIVE_INFINITY;

  constructor(directory: string, onNote: OnNote) {
    this.#directory = directory;
    this.#onNote = onNote;
    this.#witness = new Witness(directory, CATALOG_NAME);
    this.#withdrawn = new WithdrawnMembers(directory);
  }

  /** The table of members, for another thread; it is good for as long as nothing is removed. */
  get memory(): SharedArrayBuffer {
    return this.#contents.memory;
  }

  /** When each bundle was written last, by the numbers that the table has, ms since the epoch. */
  get times(): readonly number[] {
    return this.#contents.bundles.map(({ state }) => state.mtimeMs);
  }

  /** All members with these bytes, the most trustworthy first; none where they are withdrawn. */
  find(wanted: WantedFile): readonly MemberPlace[] {
    return this.#withdrawn.has(wanted) ? [] : this.#contents.find(wanted.sha256);
  }

  /** The bundles that the catalog has and that are not served, as the last look found them. */
  lost(): Promise<LostBundles> {
    return readLostBundles(this.#directory, this.#lost, this.#traces, this.#reader);
  }

  /** The bytes of a member from `start` to `end`, both included, in pieces. @throws where they are damaged, or cannot be read now */
  async *read({ bundle, offset }: MemberPlace, start: number, end: number): AsyncGenerator<Buffer> {
    bundle.acquire();
    try {
      for (let at = offset + start; at <= offset + end; ) {
        const index = bundle.map.indexAt(at);
        const content = await this.#frames.get(bundle, index);
        const from = at - bundle.map.frame(index).contentStart;
        const length = Math.min(content.length - from, offset + end + 1 - at, MAX_PIECE);
        at += length;
        // A copy: a slow client must not keep a whole frame in memory.
        yield Buffer.from(content.subarray(from, from + length));
      }
    } catch (error) {
      if (!isDamage(error)) await bundle.reopen();
      throw error;
    } finally {
      bundle.release();
    }
  }

  /** Looks at the folder. What was there when this was called is known when it resolves. */
  refresh(): Promise<void> {
    if (this.#refreshing === undefined) {
      this.#refreshing = this.#scan().finally(() => {
        this.#refreshing = undefined;
      });
      return this.#refreshing;
    }
    // The one under way may have passed by what the caller knows of.
    this.#next ??= this.#refreshing.then(() => {
      this.#next = undefined;
      return this.refresh();
    });
    return this.#next;
  }

  /** The same, if the last look began more than `age` ms ago. */
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
        // A bundle was given its last name just now: the next look finds it there.
        if (errorCode(error) === 'ENOENT' && attempt < MAX_ATTEMPTS) continue;
        this.failure = `cannot read the bundles in ${this.#directory}: ${errorMessage(error)}`;
        this.#complain('', this.failure);
        break;
      }
    }
    this.#refreshedAt = startedAt;
  }

  /** @throws CodedError where the folder has gone, or cannot be looked at now */
  checkThere(): Promise<void> {
    return this.#witness.check();
  }

  async #scanFolder(): Promise<void> {
    await this.checkThere();
    if (await this.#withdrawn.refresh()) this.#changed();
    const { bundles, missing, unknown } = await listBundles(this.#directory);
    for (const { path: name } of missing)
      this.#complain(name, `${name} is in the catalog, and not in the folder`);
    for (const name of unknown) this.#complain(name, `${name} stands for a bundle that is not in the folder`);
    this.#traces = unknown;
    const before = this.#contents;
    const isLess = before.bundles.some((bundle) => !goesOn(bundle, bundles));
    // What was in one that is gone may be in another, too: so all are read again, while the old ones go on serving.
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

  /** Something may be gone, or held again. */
  #changed(): void {
    this.removals += 1;
    this.additions += 1;
    this.changedAt = Date.now();
  }

  /** @throws the system's error where a file has just got another name */
  async #take(contents: ShelfContents, listed: ListedBundle): Promise<void> {
    const { number, name, state, entry } = listed;
    const known = contents.bundles.find((bundle) => bundle.number === number);
    const isKnownAsSuch = known !== undefined && known.isPartial === (entry === undefined);
    if (isKnownAsSuch && isSameState(known.state, state)) return;
    if (entry !== undefined && this.#complaints.get(name)?.endsWith(stamp(listed)) === true) return;
    const isGrowing = isKnownAsSuch && entry === undefined;
    let bundle = isGrowing ? known : undefined;
    try {
      bundle ??= await OpenBundle.open(join(this.#directory, name), number, entry === undefined);
      const { rows } = await this.#read(bundle, listed);
      if (isGrowing) contents.addMembers(bundle, rows);
      else contents.add(bundle, rows);
      this.additions += 1;
      this.changedAt = Math.max(this.changedAt, state.mtimeMs);
    } catch (error) {
      if (!isGrowing) bundle?.drop();
      if (entry === undefined && errorCode(error) === 'ENOENT') throw error;
      const why = entry === undefined ? 'cannot be read yet' : 'is not served';
      // What was read and is wrong stays so until the file is another one; anything else may be over with the next look.
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

/** Whether all that a bundle holds is still held, in that file or in what it has become. */
function goesOn(bundle: OpenBundle, bundles: readonly ListedBundle[]): boolean {
  const listed = bundles.find(({ number }) => number === bundle.number);
  if (listed === undefined) return false;
  if (bundle.isPartial && listed.entry !== undefined) return true;
  if (bundle.isPartial)
    return listed.state.inode === bundle.state.inode && listed.state.size >= bundle.map.size;
  return listed.name === bundle.name && isSameState(listed.state, bundle.state);
}
