import { copyFileSync, createReadStream, createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { flushDirectory } from '@crates-mirror/fs-atomic';
import type { FileKind, ParcelManifest } from '../parcel/manifest.ts';
import { MANIFEST_NAME, SUMS_NAME, signatureName, volumeName } from '../parcel/names.ts';

/** Bundles and their checksums, which are rebuilt from crate files. */
const MADE_AGAIN: ReadonlySet<FileKind> = new Set<FileKind>(['bundle', 'bundle-sums']);
/** Files of a parcel beside its volumes, except `parcel.json`, of which there is a copy anyway. */
export const BESIDE_VOLUMES: readonly string[] = [
  signatureName(MANIFEST_NAME),
  SUMS_NAME,
  signatureName(SUMS_NAME),
];

/**
 * Keeps everything of a parcel except its crate files. With the mirror, each volume can be rebuilt
 * from it. It takes about a thousandth of the parcel's size. Most of it is the compressed lists of
 * bundle members.
 *
 * @param directory is created
 */
export async function keepVolumes(
  parcel: string,
  { volumes }: ParcelManifest,
  directory: string,
): Promise<void> {
  mkdirSync(directory);
  for (const name of BESIDE_VOLUMES)
    if (existsSync(join(parcel, name))) copyFileSync(join(parcel, name), join(directory, name));
  for (const [i, { files }] of volumes.entries())
    for (const { kind, name } of files) {
      if (MADE_AGAIN.has(kind)) continue;
      const from = join(parcel, volumeName(i + 1), name);
      if (kind === 'bundle-manifest') await compress(from, compressed(directory, name));
      else copyFileSync(from, join(directory, name));
    }
  flushDirectory(directory);
}

/** Restores a kept file of a volume. @returns whether it was kept */
export async function putBack(directory: string, name: string, to: string): Promise<boolean> {
  const path = compressed(directory, name);
  if (existsSync(path))
    await pipeline(createReadStream(path), createZstdDecompress(), createWriteStream(to, { flags: 'wx' }));
  else if (existsSync(join(directory, name))) copyFileSync(join(directory, name), to);
  else return false;
  return true;
}

function compressed(directory: string, name: string): string {
  return join(directory, `${name}.zst`);
}

function compress(from: string, to: string): Promise<void> {
  return pipeline(createReadStream(from), createZstdCompress(), createWriteStream(to, { flags: 'wx' }));
}
