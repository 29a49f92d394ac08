import { accessSync, constants, statSync } from 'node:fs';
import { errorMessage, UsageError } from '@crates-mirror/errors';
import { type CheckedRecord, isOk, readManifest } from '@crates-mirror/manifest';
import { MirroredTable } from './mirrored-table.ts';

/** Tells what can be told of a manifest before anything is made. @throws UsageError when it cannot be read */
export function checkManifest(manifest: string): void {
  try {
    if (statSync(manifest).isDirectory()) throw new Error('it is a directory');
    accessSync(manifest, constants.R_OK);
  } catch (error) {
    throw cannotRead(manifest, error);
  }
}

/** Reads the downloader's manifest. @throws UsageError when it is none, or cannot be read */
export function loadMirrored(manifest: string, onBadLine: (line: number) => void): MirroredTable {
  const table = new MirroredTable();
  let records = 0;
  let isOther = false;
  const onOther = (line: number): void => {
    isOther = true;
    onBadLine(line);
  };
  for (const record of recordsOf(manifest, onOther)) {
    records += 1;
    const { path, status, size, storage, bundle_path, finished_at } = record;
    const bundle = Number(/^bundle-(\d{4,9})$/.exec(bundle_path ?? '')?.[1] ?? 0);
    const isHeld = isOk(status) && size !== null;
    const held = isHeld ? { storage, bundle, size, timeMs: Date.parse(finished_at) } : undefined;
    table.set(path, held, status === 'downloaded');
  }
  // A wrong file would take what is known from every sidecar there is.
  if (isOther && records === 0)
    throw new UsageError(`--manifest: ${manifest} has no record of the downloader's`);
  return table;
}

function* recordsOf(manifest: string, onOther: (line: number) => void): Generator<CheckedRecord> {
  try {
    yield* readManifest(manifest, onOther);
  } catch (error) {
    throw cannotRead(manifest, error);
  }
}

function cannotRead(manifest: string, error: unknown): UsageError {
  return new UsageError(`--manifest: cannot read ${manifest}: ${errorMessage(error)}`, {
    hint: 'Name the manifest of the downloader',
  });
}
