import { statSync } from 'node:fs';
import { errorMessage, UsageError } from '@crates-mirror/errors';
import { type CheckedRecord, isOk, readManifest } from '@crates-mirror/manifest';
import { type IndexAndLayout, isOfIndex } from './manifest-match.ts';
import { MirroredTable } from './mirrored-table.ts';

/** What the downloader's manifest tells. */
export interface Mirror {
  readonly table: MirroredTable;
  /** Lines that are no records, and were passed over. */
  readonly badLines: number;
}

/**
 * Reads the downloader's manifest, before anything is made: a wrong one would take what is known from every sidecar there
 * is. One without any line is of a mirror that has nothing yet.
 *
 * @throws UsageError when it cannot be read, is none, or is of another mirror
 */
export function loadMirror(manifest: string, { index, layout }: IndexAndLayout): Mirror {
  const table = new MirroredTable();
  let records = 0;
  let badLines = 0;
  const onBadLine = (): void => {
    badLines += 1;
  };
  for (const record of recordsOf(manifest, onBadLine)) {
    records += 1;
    takeIn(table, record);
  }
  if (records === 0 && badLines > 0)
    throw new UsageError(`--manifest: ${manifest} has no record of the downloader's`);
  if (records > 0 && !isOfIndex(table, { index, layout }))
    throw new UsageError(
      `--manifest: ${manifest} has no record of a crate version that ${index.location.directory} has, by the layout '${layout}'`,
      { hint: 'Name the manifest of this mirror, and the layout that it has' },
    );
  return { table, badLines };
}

function takeIn(table: MirroredTable, record: CheckedRecord): void {
  const { path, status, size, storage, bundle_path, finished_at } = record;
  const bundle = Number(/^bundle-(\d{4,9})$/.exec(bundle_path ?? '')?.[1] ?? 0);
  const isHeld = isOk(status) && size !== null;
  const held = isHeld ? { storage, bundle, size, timeMs: Date.parse(finished_at) } : undefined;
  table.set(path, held, status === 'downloaded');
}

function* recordsOf(manifest: string, onBadLine: () => void): Generator<CheckedRecord> {
  try {
    if (statSync(manifest).isDirectory()) throw new Error('it is a directory');
    yield* readManifest(manifest, onBadLine);
  } catch (error) {
    throw new UsageError(`--manifest: cannot read ${manifest}: ${errorMessage(error)}`, {
      hint: 'Name the manifest of the downloader',
    });
  }
}
