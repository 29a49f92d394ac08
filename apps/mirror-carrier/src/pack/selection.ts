import { type CrateFiles, describePlace, type Place, type WantedFile } from '@crates-mirror/crate-files';
import { type Entry, indexPath, parseIndexFile } from '@crates-mirror/crates-index';
import { wantedBy } from '@crates-mirror/sparse-index';
import { CONFIG_FILE } from '../index/carried-files.ts';
import type { ChangedFile, IndexBefore, IndexSnapshot } from '../index/index-snapshot.ts';
import { readNotHeld } from '../parcel/not-held.ts';
import type { PackedParcel } from '../state/packed.ts';

/** Handlers for the changes. */
export interface ChangeSink {
  /** Called with an index file that has new content. */
  indexFile(path: string, content: Buffer): Promise<void>;
  /** @param isEmptied whether the file still exists, but has lost all its entries */
  goneFile(path: string, isEmptied: boolean): void;
  /** @returns whether the file was handled without looking up its holding */
  quick(wanted: WantedFile): Promise<boolean>;
  held(wanted: WantedFile, place: Place): Promise<void>;
  /** @param damaged places of its damaged or lost copies; empty if there never was one */
  notHeld(wanted: WantedFile, damaged: readonly string[]): void;
}

/**
 * Reports all changes since the base parcel: index files in path order, with the crate files that
 * they newly name.
 */
export async function selectChanges(
  snapshot: IndexSnapshot,
  files: CrateFiles,
  base: PackedParcel | undefined,
  sink: ChangeSink,
): Promise<void> {
  for await (const change of snapshot.changes(beforeOf(base))) await settleChange(change, files, sink);
  if (base === undefined) return;
  for (const wanted of stillNamed(snapshot, readNotHeld(base.notHeldFile)))
    await settle([wanted], files, sink);
}

function beforeOf(base: PackedParcel | undefined): IndexBefore | undefined {
  return base === undefined
    ? undefined
    : { state: base.manifest.index_after, stateFile: base.indexStateFile };
}

async function settleChange(change: ChangedFile, files: CrateFiles, sink: ChangeSink): Promise<void> {
  const { path, content, hadEntry, hadEntries } = change;
  if (content === undefined) {
    sink.goneFile(path, false);
    return;
  }
  await sink.indexFile(path, content);
  if (path === CONFIG_FILE) return;
  const { entries } = parseIndexFile(content, path);
  if (entries.length === 0 && hadEntries) sink.goneFile(path, true);
  await settle(entries.filter((entry) => !hadEntry(entry)).map(wantedBy), files, sink);
}

async function settle(wanted: readonly WantedFile[], files: CrateFiles, sink: ChangeSink): Promise<void> {
  const left: WantedFile[] = [];
  for (const one of wanted) if (!(await sink.quick(one))) left.push(one);
  if (left.length === 0) return;
  const holdings = await files.lookAll(left);
  for (const [i, holding] of holdings.entries()) {
    const one = left[i];
    if (one === undefined) continue;
    if (holding.kind === 'held') await sink.held(one, holding.place);
    else if (holding.kind === 'damaged') sink.notHeld(one, holding.places.map(describePlace));
    else sink.notHeld(one, holding.kind === 'lost' ? [holding.path] : []);
  }
}

/** The listed files that the index still names with the same checksum. */
function* stillNamed(snapshot: IndexSnapshot, listed: Iterable<WantedFile>): Generator<WantedFile> {
  let last: { readonly name: string; readonly named: ReadonlySet<string> } | undefined;
  for (const wanted of listed) {
    if (last?.name !== wanted.name) {
      const path = indexPath(wanted.name);
      const content = snapshot.read(path);
      const entries = content === undefined ? [] : parseIndexFile(content, path).entries;
      last = { name: wanted.name, named: new Set(entries.map(keyOf)) };
    }
    if (last.named.has(`${wanted.version} ${wanted.sha256}`)) yield wanted;
  }
}

function keyOf({ version, cksum }: Entry): string {
  return `${version} ${cksum}`;
}
