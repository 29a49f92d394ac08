import { type Entry, type IndexSource, parseIndexFile, walkIndex } from '@crates-mirror/crates-index';
import { parseLayout } from '@crates-mirror/layout';
import type { MirroredTable } from './mirrored-table.ts';

/** The walk ends at the first known version, usually at once. */
const FILES_AT_ONCE = 64;

export interface IndexAndLayout {
  readonly index: IndexSource;
  /** A layout's name or template. */
  readonly layout: string;
}

/**
 * Whether a manifest belongs to a mirror of this index in this layout: whether it has a record of
 * at least one crate version, held or not. For an index without versions, any manifest does.
 */
export function isOfIndex(table: MirroredTable, { index, layout: text }: IndexAndLayout): boolean {
  const layout = parseLayout(text);
  let isEmpty = true;
  for (const { name, version, cksum } of allEntries(index)) {
    if (table.has(layout.pathOf({ name, version, sha256: cksum }))) return true;
    isEmpty = false;
  }
  return isEmpty;
}

/** Skips unreadable files, which the lane that gets them reports. */
function* allEntries(index: IndexSource): Generator<Entry> {
  for (const { files } of walkIndex(index, FILES_AT_ONCE, () => {}, FILES_AT_ONCE))
    for (const file of files) yield* entriesOf(index, file);
}

function entriesOf(index: IndexSource, file: string): readonly Entry[] {
  try {
    return parseIndexFile(index.read(file), file).entries;
  } catch {
    return [];
  }
}
