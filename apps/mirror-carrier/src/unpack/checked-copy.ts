import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { FatalError } from '@crates-mirror/errors';
import { AtomicFile } from '@crates-mirror/fs-atomic';
import { createSha256 } from '@crates-mirror/hashing/sha256';
import type { FoundParcel } from '../parcel/find-parcels.ts';
import type { ParcelFile } from '../parcel/manifest.ts';
import { volumeName } from '../parcel/names.ts';

/**
 * Copies a file of a parcel to a private directory, and verifies the copy. Others may be able to
 * write to the medium, and could have changed the file since the parcel was checked.
 *
 * @param volume 1-based
 * @param directory for temporary files
 * @returns the copy, which the caller must discard
 * @throws FatalError if it does not match the manifest
 */
export async function checkedCopy(
  parcel: FoundParcel,
  volume: number,
  { name, sha256 }: ParcelFile,
  directory: string,
): Promise<AtomicFile> {
  const path = join(parcel.directory, volumeName(volume), name);
  const digest = createSha256();
  const copy = new AtomicFile(directory);
  try {
    for await (const piece of createReadStream(path)) {
      digest.update(piece);
      copy.write(piece);
    }
    if (digest.digest('hex') === sha256) return copy;
  } catch (error) {
    copy.discard();
    throw error;
  }
  copy.discard();
  throw new FatalError('changed', `${path} has changed since it was checked`, {
    hint: 'Find out who writes to the medium; then run again, which goes on',
  });
}

/** The files of one kind, each with its volume, 1-based. */
export function filesOfKind(
  { manifest }: FoundParcel,
  kind: ParcelFile['kind'],
): readonly (readonly [number, ParcelFile])[] {
  return manifest.volumes.flatMap(({ files }, i) =>
    files.filter((file) => file.kind === kind).map((file) => [i + 1, file] as const),
  );
}
