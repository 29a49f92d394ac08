import { type CrateFiles, describePlace, type Place, type WantedFile } from '@crates-mirror/crate-files';
import { type Entry, type IndexFileContent, parseIndexFile } from '@crates-mirror/crates-index';
import { wantedBy } from '@crates-mirror/sparse-index';
import { CONFIG_FILE } from '../index/carried-files.ts';
import { type EntriesBefore, SAME_ENTRIES } from '../index/entries-before.ts';
import type { ChangedFile, IndexBefore, IndexSnapshot } from '../index/index-snapshot.ts';
import { readNotHeld } from '../parcel/not-held.ts';
import type { RemovalInstruction } from '../parcel/removal-list.ts';
import type { PackedParcel } from '../state/packed.ts';
import { goneFrom } from './gone-versions.ts';
import type { PackPolicy, Refused } from './refusals.ts';
import { RefusedBefore } from './refused-list.ts';
import { StillNamed } from './still-named.ts';

/** Handlers for the changes. */
export interface ChangeSink {
  /** Called with an index file that has new content. */
  indexFile(path: string, content: Buffer): Promise<void>;
  /** @param isEmptied whether the file still exists, but has lost all its entries */
  goneFile(path: string, isEmptied: boolean): void;
  /** @returns whether the file was handled without looking up its result */
  quick(wanted: WantedFile): Promise<boolean>;
  held(wanted: WantedFile, place: Place): Promise<void>;
  /** @param damaged places of its damaged or lost copies; empty if there never was one */
  notHeld(wanted: WantedFile, damaged: readonly string[]): void;
  /** Called with a crate file that the receiver may have, and that is no longer mirrored. */
  removed(removal: RemovalInstruction): void;
  /** Called with all entries of a crate that the policy refuses. */
  refused(entries: readonly Entry[]): void;
}

/** What {@link selectChanges} works with. */
export interface Selecting {
  readonly snapshot: IndexSnapshot;
  readonly files: CrateFiles;
  readonly policy: PackPolicy;
  readonly base: PackedParcel | undefined;
  readonly sink: ChangeSink;
}

/**
 * Reports all changes since the base parcel: index files in path order, with the crate files that
 * they newly name; then what the policy newly admits or refuses of the other crates, and files that
 * are held by now.
 */
export async function selectChanges(deps: Selecting): Promise<void> {
  await new ChangeSelection(deps).run();
}

class ChangeSelection {
  readonly #deps: Selecting;
  readonly #refusedBefore: RefusedBefore;
  readonly #changed = new Set<string>();

  constructor(deps: Selecting) {
    this.#deps = deps;
    this.#refusedBefore = new RefusedBefore(deps.base?.refusedFile);
  }

  async run(): Promise<void> {
    const { snapshot, policy, base } = this.#deps;
    for await (const change of snapshot.changes(beforeOf(base))) await this.#selectChange(change);
    if (base === undefined) return;
    const others = policy.isGeneral ? snapshot.paths() : [...policy.paths, ...this.#refusedBefore.paths];
    for (const path of new Set(others)) await this.#selectUnchanged(path);
    await this.#selectNotHeld(base);
  }

  async #selectChange({ path, content, before }: ChangedFile): Promise<void> {
    const { sink, base } = this.#deps;
    if (base !== undefined) this.#changed.add(path);
    if (content === undefined) {
      sink.goneFile(path, false);
      for (const removal of goneFrom(before, undefined)) sink.removed(removal);
      return;
    }
    await sink.indexFile(path, content);
    if (path === CONFIG_FILE) return;
    const now = parseIndexFile(content, path);
    if (now.entries.length === 0 && before.versions.length > 0) sink.goneFile(path, true);
    for (const removal of goneFrom(before, now)) sink.removed(removal);
    await this.#selectCrate(path, content, now, before);
  }

  async #selectUnchanged(path: string): Promise<void> {
    if (this.#changed.has(path)) return;
    const content = this.#deps.snapshot.read(path);
    if (content === undefined) return;
    await this.#selectCrate(path, content, parseIndexFile(content, path), SAME_ENTRIES);
  }

  async #selectCrate(
    path: string,
    content: Buffer,
    { entries }: IndexFileContent,
    before: EntriesBefore,
  ): Promise<void> {
    const { policy, sink, files } = this.#deps;
    const refusals = await policy.refusalsOf({ path, content, entries });
    const wasRefused = this.#refusedBefore.of(path);
    const refused: Entry[] = [];
    const wanted: WantedFile[] = [];
    for (const entry of entries) {
      const refusal = refusals.get(entry);
      const wasCarried = before.has(entry) && !wasRefused(entry);
      if (refusal === undefined) {
        if (!wasCarried) wanted.push(wantedBy(entry));
        continue;
      }
      if (wasCarried && refusal.mayStay) continue;
      refused.push(entry);
      if (wasCarried) sink.removed(instruction(entry, refusal));
    }
    if (refused.length > 0) sink.refused(refused);
    await deliver(wanted, files, sink);
  }

  /** Versions that were not held then: the receiver has those held by now, and not refused. */
  async #selectNotHeld(base: PackedParcel): Promise<void> {
    const { snapshot, policy, files, sink } = this.#deps;
    const named = new StillNamed(snapshot, policy);
    for (const wanted of readNotHeld(base.notHeldFile)) {
      const standing = await named.standingOf(wanted);
      if (standing === 'wanted') await deliver([wanted], files, sink);
      else if (standing === 'waiting') sink.notHeld(wanted, []);
    }
  }
}

function instruction({ name, version }: Entry, { reason, why }: Refused): RemovalInstruction {
  return { name, version, stays: null, reason, why };
}

function beforeOf(base: PackedParcel | undefined): IndexBefore | undefined {
  return base === undefined
    ? undefined
    : { state: base.manifest.index_after, stateFile: base.indexStateFile };
}

async function deliver(wanted: readonly WantedFile[], files: CrateFiles, sink: ChangeSink): Promise<void> {
  const left: WantedFile[] = [];
  for (const one of wanted) if (!(await sink.quick(one))) left.push(one);
  if (left.length === 0) return;
  const results = await files.lookAll(left);
  for (const [i, result] of results.entries()) {
    const one = left[i];
    if (one === undefined) continue;
    if (result.kind === 'held') await sink.held(one, result.place);
    else if (result.kind === 'damaged') sink.notHeld(one, result.places.map(describePlace));
    else sink.notHeld(one, result.kind === 'lost' ? [result.path] : []);
  }
}
