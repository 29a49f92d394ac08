import { copyFileSync, createReadStream, createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { flushDirectory } from '@crates-mirror/fs-atomic';
import type { FileKind, ParcelManifest } from '../parcel/manifest.ts';
import { MANIFEST_NAME, SUMS_NAME, signatureName, volumeName } from '../parcel/names.ts';

/** What is made of crate files, and their list. */
const MADE_AGAIN: ReadonlySet<FileKind> = new Set<FileKind>(['bundle', 'bundle-sums']);
/** Files of a parcel that lie beside its volumes; of `parcel.json` there is a copy anyway. */
export const BESIDE_VOLUMES: readonly string[] = [
  signatureName(MANIFEST_NAME),
  SUMS_NAME,
  signatureName(SUMS_NAME),
];

/**
 * Keeps of a parcel all but the crate files: with the mirror, it is what each of its volumes can be made again of. That is some
 * thousandth of the parcel, most of it the lists of what is in the bundles, which are compressed.
 *
 * @param directory is made
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

/** Puts a file of a volume where it belongs. @returns whether it was kept */
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
