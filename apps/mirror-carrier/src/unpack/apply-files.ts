import { closeSync, existsSync, fsyncSync, openSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readTar, type TarEntry } from '@crates-mirror/bundle/tar-reader';
import { FatalError } from '@crates-mirror/errors';
import {
  flushDirectory,
  makeDirectories,
  removeTemporaries,
  writeFileAtomic,
} from '@crates-mirror/fs-atomic';
import { mirrorHome } from '@crates-mirror/layout';
import { readLines } from '@crates-mirror/lines';
import type { FoundParcel } from '../parcel/find-parcels.ts';
import type { FileKind } from '../parcel/manifest.ts';
import { checkedCopy, filesOfKind } from './checked-copy.ts';

const MAX_PATH = 4096;

/** The changes that were made to a directory. */
export interface AppliedChanges {
  /** Paths of files that were written. */
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

/** Small files that a parcel carries in archives, with a list of those that have gone. */
export interface CarriedKind {
  readonly archives: FileKind;
  readonly removed: FileKind;
  /** For messages: `an index file`. */
  readonly what: string;
  /** Whether parcels carry such a file at this path, which is untrusted. */
  readonly isPath: (path: string) => boolean;
  /** bytes */
  readonly largest: number;
}

/**
 * Updates a directory to the state in a parcel. Each file is replaced atomically, and files are
 * removed last.
 *
 * @param checkStopped throws if the user has requested a stop
 * @returns the changes, which are durable on disk
 * @throws FatalError
 */
export async function applyFiles(
  parcel: FoundParcel,
  root: string,
  kind: CarriedKind,
  checkStopped: () => void,
): Promise<AppliedChanges> {
  const { temporaryDirectory } = mirrorHome(root);
  makeDirectories(temporaryDirectory);
  removeTemporaries(temporaryDirectory);
  const written: string[] = [];
  await eachOf(parcel, kind.archives, temporaryDirectory, async (path) => {
    for await (const entry of readTar(path)) {
      checkStopped();
      if (await putFile(entry, root, temporaryDirectory, kind)) written.push(entry.name);
    }
  });
  const removed: string[] = [];
  await eachOf(parcel, kind.removed, temporaryDirectory, async (list) => {
    for (const { text: path } of readLines(list, MAX_PATH)) {
      checkStopped();
      checkPath(path, kind);
      if (removeFile(root, path)) removed.push(path);
    }
  });
  flush(root, written, removed);
  return { written, removed };
}

/** Processes each file of a kind by means of a verified copy. */
async function eachOf(
  parcel: FoundParcel,
  kind: FileKind,
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
async function putFile(
  entry: TarEntry,
  root: string,
  temporaryDirectory: string,
  kind: CarriedKind,
): Promise<boolean> {
  const { name, type, size } = entry;
  checkPath(name, kind);
  if (type !== 'file' || size > kind.largest)
    throw new FatalError('wrong_file', `the parcel has ${name}, which is not ${kind.what}`);
  const pieces: Buffer[] = [];
  for await (const piece of entry.content) pieces.push(piece);
  const content = Buffer.concat(pieces);
  const path = join(root, name);
  if (existsSync(path) && readFileSync(path).equals(content)) return false;
  makeDirectories(dirname(path));
  writeFileAtomic(path, content, { temporaryDirectory });
  return true;
}

function removeFile(root: string, path: string): boolean {
  const place = join(root, path);
  if (!existsSync(place)) return false;
  rmSync(place);
  try {
    for (let directory = dirname(path); directory !== '.'; directory = dirname(directory))
      rmdirSync(join(root, directory));
  } catch {
    // The directory contains other crates.
  }
  return true;
}

function checkPath(path: string, { isPath, what }: CarriedKind): void {
  if (isPath(path)) return;
  throw new FatalError('wrong_file', `the parcel has '${path}', which is not the path of ${what}`);
}

/**
 * Flushes all files at the end, when most are already on disk. Flushing each after its write takes
 * a hundred times as long.
 */
function flush(root: string, written: readonly string[], removed: readonly string[]): void {
  const directories = new Set<string>();
  for (const path of written) {
    const fd = openSync(join(root, path), 'r+');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    directories.add(dirname(path));
  }
  for (const path of removed) directories.add(dirname(path));
  for (const directory of directories)
    if (existsSync(join(root, directory))) flushDirectory(join(root, directory));
}
