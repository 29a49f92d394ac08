import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { NewCatalogEntry } from '@crates-mirror/bundle';
import { UsageError } from '@crates-mirror/errors';
import { flushDirectory, renameNew, writeFileAtomic } from '@crates-mirror/fs-atomic';
import { sha256File } from '@crates-mirror/hashing/sha256';
import { formatBytes } from '@crates-mirror/progress';
import type { ParcelFile, Volume } from '../parcel/manifest.ts';
import { SUMS_NAME, volumeName } from '../parcel/names.ts';
import { volumeSums } from '../parcel/sums.ts';

/** Maximum bytes per file in a volume's own list of checksums. */
const MAX_SUM = 256;

/** Files that must be in the same volume, with their paths before they are moved into it. */
export interface VolumeUnit {
  readonly files: readonly ParcelFile[];
  readonly directory: string;
}

/** The files of a finished bundle. */
export function bundleUnit(directory: string, entry: NewCatalogEntry): VolumeUnit {
  const { path, manifest, size, sha256, manifest_sha256 } = entry;
  const measured = (name: string): { size: number; sha256: string } => sha256File(join(directory, name));
  const sums = `${path}.sha256`;
  return {
    directory,
    files: [
      { kind: 'bundle', name: path, size, sha256 },
      {
        kind: 'bundle-manifest',
        name: manifest,
        size: measured(manifest).size,
        sha256: manifest_sha256,
      },
      { kind: 'bundle-sums', name: sums, ...measured(sums) },
    ],
  };
}

/**
 * Distributes units among volumes, in order.
 *
 * @param limit maximum bytes of a volume; 0 for one volume of any size
 * @throws UsageError if a unit does not fit into any volume
 */
export function planVolumes(units: readonly VolumeUnit[], limit: number): readonly VolumeUnit[][] {
  const volumes: VolumeUnit[][] = [];
  let room = 0;
  for (const unit of units) {
    const size = sizeOf(unit);
    if (limit > 0 && size > limit)
      throw new UsageError(
        `--volume-size: ${unit.files[0]?.name} takes ${formatBytes(size)}, a volume has ${formatBytes(limit)}`,
        { hint: 'Give a larger --volume-size' },
      );
    if (volumes.length === 0 || (limit > 0 && size > room)) {
      volumes.push([]);
      room = limit;
    }
    volumes.at(-1)?.push(unit);
    room -= size;
  }
  return volumes;
}

/** Moves files to their places in the parcel, and writes each volume's list of checksums. */
export function layVolumes(volumes: readonly (readonly VolumeUnit[])[], parcel: string): Volume[] {
  return volumes.map((units, i) => {
    const directory = join(parcel, volumeName(i + 1));
    mkdirSync(directory);
    for (const { files, directory: from } of units)
      for (const { name } of files) renameNew(join(from, name), join(directory, name));
    const files = units.flatMap((unit) => unit.files);
    writeFileAtomic(join(directory, SUMS_NAME), volumeSums(files), { durable: true });
    flushDirectory(directory);
    return { files };
  });
}

function sizeOf({ files }: VolumeUnit): number {
  return files.reduce((sum, { size }) => sum + size + MAX_SUM, 0);
}
