import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { CatalogEntry, Note } from '@crates-mirror/bundle';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import { sha256Hex } from '@crates-mirror/hashing';
import type { ListedObject } from '@crates-mirror/s3';
import { BUNDLES } from '../keys.ts';
import { putFile } from '../put-file.ts';
import { type BundlePlaces, localFile } from './store-bundle.ts';

/**
 * Makes the local copy of a stored bundle's manifest the one of the catalog. If the store has lost or
 * damaged its own, that is stored anew from the local copy.
 *
 * @param listed the stored manifest; undefined if the listing has none
 * @throws FatalError if the store fails
 */
export async function pullManifest(
  { bucket, directory, check }: BundlePlaces,
  { manifest, manifest_sha256 }: CatalogEntry,
  listed: ListedObject | undefined,
  onNote: Note,
): Promise<void> {
  const path = join(directory, manifest);
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  const found = isFile ? localFile(path) : undefined;
  const local = found?.sha256 === manifest_sha256 ? found : undefined;
  if (local !== undefined && local.size === listed?.size) return;
  const key = BUNDLES + manifest;
  const body = (await bucket.get(key))?.body;
  const stored = body !== undefined && sha256Hex(body) === manifest_sha256 ? body : undefined;
  if (local === undefined && stored !== undefined) writeFileAtomic(path, stored);
  if (local === undefined || stored !== undefined) return;
  onNote('warn', `${bucket.describe(key)} is missing or damaged: stored anew from ${path}`);
  check();
  await putFile(bucket, key, local);
}
