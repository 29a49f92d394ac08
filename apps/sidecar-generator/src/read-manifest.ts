import { statSync } from 'node:fs';
import { readCatalog } from '@crates-mirror/bundle/catalog';
import { bundleId, bundleNumber, CATALOG_NAME, isFinalName } from '@crates-mirror/bundle/names';
import { UsageError, unreadable } from '@crates-mirror/errors';
import { type CheckedRecord, isOk, readManifest } from '@crates-mirror/manifest';
import { type IndexAndLayout, isOfIndex } from './manifest-match.ts';
import { MirroredTable } from './mirrored-table.ts';

/** The contents of the downloader's manifest. */
export interface Mirror {
  readonly table: MirroredTable;
  /** Number of lines that are not records, and were skipped. */
  readonly badLines: number;
  /** Known file names of bundles, by bundle id. */
  readonly bundleFiles: Readonly<Record<string, string>>;
}

/**
 * Reads the downloader's manifest before any output is written, because a wrong manifest would
 * remove the known values from all existing sidecars. An empty manifest belongs to a mirror that
 * has no files yet.
 *
 * @param bundlesDir for the bundles' file names, including bundles that were unfinished when their
 * members were recorded
 * @throws UsageError if it cannot be read, is not a manifest, or belongs to another mirror
 */
export function loadMirror(manifest: string, { index, layout }: IndexAndLayout, bundlesDir?: string): Mirror {
  const listed = bundlesDir === undefined ? new Map<string, string>() : listedFiles(bundlesDir);
  const files = new Map<string, string>();
  const table = new MirroredTable();
  let records = 0;
  let badLines = 0;
  const onBadLine = (): void => {
    badLines += 1;
  };
  for (const record of recordsOf(manifest, onBadLine)) {
    records += 1;
    takeIn(table, record);
    noteFile(files, record);
  }
  if (records === 0 && badLines > 0)
    throw new UsageError(`--manifest: ${manifest} has no record of the downloader's`);
  if (records > 0 && !isOfIndex(table, { index, layout }))
    throw new UsageError(
      `--manifest: ${manifest} has no record of a crate version that ${index.location.directory} has, by the layout '${layout}'`,
      { hint: 'Name the manifest of this mirror, and the layout that it has' },
    );
  return { table, badLines, bundleFiles: Object.fromEntries([...files, ...listed]) };
}

/** Records are untrusted, so a bundle's file name must have the expected form. */
function noteFile(files: Map<string, string>, { bundle_path: id, bundle_file: file }: CheckedRecord): void {
  if (id === null || typeof file !== 'string' || files.get(id) === file || !isFinalName(file)) return;
  if (bundleId(bundleNumber(file) ?? 0) === id) files.set(id, file);
}

/** @throws UsageError */
function listedFiles(bundlesDir: string): Map<string, string> {
  try {
    const entries = [...readCatalog(bundlesDir).values()];
    if (entries.length === 0) throw new Error(`it has no ${CATALOG_NAME} that lists a bundle`);
    return new Map(entries.map(({ bundle, path }) => [bundle, path]));
  } catch (error) {
    const hint = 'Name the directory that the downloader writes bundles to';
    throw unreadable('--bundles-dir', bundlesDir, error, hint);
  }
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
    throw unreadable('--manifest', manifest, error, 'Name the manifest of the downloader');
  }
}
