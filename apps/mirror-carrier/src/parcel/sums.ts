import { sha256Hex } from '@crates-mirror/hashing/sha256';
import type { ParcelFile, ParcelManifest } from './manifest.ts';
import { MANIFEST_NAME, SUMS_NAME, volumeName } from './names.ts';

/** A line in the format of `sha256sum`, for a name that needs no escaping. */
export function sumLine(name: string, sha256: string): string {
  return `${sha256}  ${name}\n`;
}

/** `SHA256SUMS` of a volume. */
export function volumeSums(files: readonly ParcelFile[]): string {
  return files.map(({ name, sha256 }) => sumLine(name, sha256)).join('');
}

/**
 * `SHA256SUMS` of a parcel: its manifest, and every file of its volumes.
 *
 * @param id SHA-256 of the manifest
 */
export function parcelSums({ volumes }: Pick<ParcelManifest, 'volumes'>, id: string): string {
  const lines = volumes.flatMap(({ files }, i) => {
    const volume = volumeName(i + 1);
    const sums = sha256Hex(Buffer.from(volumeSums(files)));
    return [
      ...files.map(({ name, sha256 }) => sumLine(`${volume}/${name}`, sha256)),
      sumLine(`${volume}/${SUMS_NAME}`, sums),
    ];
  });
  return [sumLine(MANIFEST_NAME, id), ...lines].join('');
}
