import { closeSync, existsSync, fsyncSync, openSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readTar, type TarEntry } from '@crates-mirror/bundle/tar-reader';
import { MAX_INDEX_FILE } from '@crates-mirror/crates-index';
import { FatalError } from '@crates-mirror/errors';
import {
  flushDirectory,
  makeDirectories,
  removeTemporaries,
  writeFileAtomic,
} from '@crates-mirror/fs-atomic';
import { mirrorHome } from '@crates-mirror/layout';
import { readLines } from '@crates-mirror/lines';
import { isCarriedPath } from '../index/carried-files.ts';
import type { FoundParcel } from '../parcel/find-parcels.ts';
import type { ParcelFile } from '../parcel/manifest.ts';
import { checkedCopy, filesOfKind } from './checked-copy.ts';

const MAX_PATH = 4096;

/** The changes that were made to an index. */
export interface IndexChanges {
  /** Paths of files that were written. */
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Updates an index to the state in a parcel. Each file is replaced atomically, and files are
 * removed last.
 *
 * @param checkStopped throws if the user has requested a stop
 * @returns the changes, which are durable on disk
 * @throws FatalError
 */
export async function applyIndex(
  parcel: FoundParcel,
  index: string,
  checkStopped: () => void,
): Promise<IndexChanges> {
  const { temporaryDirectory } = mirrorHome(index);
  makeDirectories(temporaryDirectory);
  removeTemporaries(temporaryDirectory);
  const written: string[] = [];
  await eachOf(parcel, 'index', temporaryDirectory, async (path) => {
    for await (const entry of readTar(path)) {
      checkStopped();
      if (await putFile(entry, index, temporaryDirectory)) written.push(entry.name);
    }
  });
  const removed: string[] = [];
  await eachOf(parcel, 'index-removed', temporaryDirectory, async (list) => {
    for (const { text: path } of readLines(list, MAX_PATH)) {
      checkStopped();
      checkPath(path);
      if (removeFile(index, path)) removed.push(path);
    }
  });
  flush(index, written, removed);
  return { written, removed };
}

/** Processes each file of a kind by means of a verified copy. */
async function eachOf(
  parcel: FoundParcel,
  kind: ParcelFile['kind'],
  temporaryDirectory: string,
  use: (path: string) => Promise<void>,
): Promise<void> {
  for (const [volume, file] of filesOfKind(parcel, kind)) {
    const copy = await checkedCopy(parcel, volume, file, temporaryDirectory);
    try {
      await use(copy.temporaryPath);
    } finally {
      copy.discard();
    }
  }
}

/** @returns whether the file has changed */
async function putFile(entry: TarEntry, index: string, temporaryDirectory: string): Promise<boolean> {
  const { name, type, size } = entry;
  checkPath(name);
  if (type !== 'file' || size > MAX_INDEX_FILE)
    throw new FatalError('no_index_file', `the parcel has ${name}, which is no index file`);
  const pieces: Buffer[] = [];
  for await (const piece of entry.content) pieces.push(piece);
  const content = Buffer.concat(pieces);
  const path = join(index, name);
  if (existsSync(path) && readFileSync(path).equals(content)) return false;
  makeDirectories(dirname(path));
  writeFileAtomic(path, content, { temporaryDirectory });
  return true;
}

function removeFile(index: string, path: string): boolean {
  const place = join(index, path);
  if (!existsSync(place)) return false;
  rmSync(place);
  try {
    for (let directory = dirname(path); directory !== '.'; directory = dirname(directory))
      rmdirSync(join(index, directory));
  } catch {
    // The directory contains other crates.
  }
  return true;
}

function checkPath(path: string): void {
  if (isCarriedPath(path)) return;
  throw new FatalError('no_index_file', `the parcel has '${path}', which is no path of an index file`);
}

/**
 * Flushes all files at the end, when most are already on disk. Flushing each after its write takes
 * a hundred times as long.
 */
function flush(index: string, written: readonly string[], removed: readonly string[]): void {
  const directories = new Set<string>();
  for (const path of written) {
    const fd = openSync(join(index, path), 'r+');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    directories.add(dirname(path));
  }
  for (const path of removed) directories.add(dirname(path));
  for (const directory of directories)
    if (existsSync(join(index, directory))) flushDirectory(join(index, directory));
}
