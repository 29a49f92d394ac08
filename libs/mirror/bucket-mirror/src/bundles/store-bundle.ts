import { existsSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { CatalogEntry } from '@crates-mirror/bundle';
import { FatalError } from '@crates-mirror/errors';
import { sha256File } from '@crates-mirror/hashing';
import type { Bucket } from '@crates-mirror/s3';
import { BUNDLES } from '../keys.ts';
import { type LocalFile, putFile, putFileInParts } from '../put-file.ts';

export interface BundlePlaces {
  readonly bucket: Bucket;
  /** Local folder of bundles. */
  readonly directory: string;
  /** Whether the store honours `If-None-Match: *`. */
  readonly isConditional: boolean;
  /** Called before each write. @throws FatalError if another run may be writing */
  readonly check: () => void;
}

/**
 * Stores a finished bundle: its manifest and its `.sha256` first, so that a stored bundle has both.
 *
 * @throws FatalError if the store fails, or has another bundle of that name; CodedError if the local
 *   file is damaged
 */
export async function storeBundle(places: BundlePlaces, entry: CatalogEntry): Promise<void> {
  const { bucket, directory, isConditional, check } = places;
  for (const name of [entry.manifest, sumsOf(entry)]) {
    const path = join(directory, name);
    check();
    if (existsSync(path)) await putFile(bucket, BUNDLES + name, localFile(path));
  }
  const key = BUNDLES + entry.path;
  const { size, sha256 } = entry;
  check();
  const path = join(directory, entry.path);
  await putFileInParts(bucket, key, { path, size, sha256 }, isConditional ? 'absent' : undefined);
  const facts = await bucket.head(key);
  if (facts?.size === size && facts.sha256 === sha256) return;
  throw new FatalError('bundle_exists', `${bucket.describe(key)} is another bundle than ${path}`, {
    hint: 'Move one of them away',
  });
}

/** Removes a bundle from the local folder once it is stored; its manifest stays. */
export function removeStored(directory: string, entry: CatalogEntry): void {
  const path = join(directory, entry.path);
  if (statSync(path, { throwIfNoEntry: false })?.size !== entry.size) return;
  unlinkSync(path);
  if (existsSync(join(directory, sumsOf(entry)))) unlinkSync(join(directory, sumsOf(entry)));
}

function sumsOf({ path }: CatalogEntry): string {
  return `${path}.sha256`;
}

export function localFile(path: string): LocalFile {
  const { size, sha256 } = sha256File(path);
  return { path, size, sha256 };
}
