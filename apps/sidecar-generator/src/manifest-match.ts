import { type Entry, FileReader, parseIndexFile, walkIndex } from '@crates-mirror/crates-index';
import { parseLayout } from '@crates-mirror/layout';
import type { MirroredTable } from './mirrored-table.ts';
import type { LaneOptions } from './options.ts';

/** The walk ends where the first version is known, mostly at once. */
const FILES_AT_ONCE = 64;

export type IndexAndLayout = Pick<LaneOptions, 'indexDir' | 'layout'>;

/**
 * Whether a manifest is of a mirror of this index in this layout: whether it tells of one crate version at least, held or
 * not. Of an index without versions, every manifest is.
 */
export function isOfIndex(table: MirroredTable, { indexDir, layout: text }: IndexAndLayout): boolean {
  const layout = parseLayout(text);
  let isEmpty = true;
  for (const { name, version, cksum } of allEntries(indexDir)) {
    if (table.has(layout.pathOf({ name, version, sha256: cksum }))) return true;
    isEmpty = false;
  }
  return isEmpty;
}

/** What cannot be read is reported by the lane that gets it. */
function* allEntries(indexDir: string): Generator<Entry> {
  const reader = new FileReader();
  for (const { files } of walkIndex(indexDir, FILES_AT_ONCE, () => {}, FILES_AT_ONCE))
    for (const file of files) yield* entriesOf(reader, indexDir, file);
}

function entriesOf(reader: FileReader, indexDir: string, file: string): readonly Entry[] {
  try {
    return parseIndexFile(reader.read(`${indexDir}/${file}`), file).entries;
  } catch {
    return [];
  }
}
