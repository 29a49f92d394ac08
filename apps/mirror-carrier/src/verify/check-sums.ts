import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, errorMessage } from '@crates-mirror/errors';
import type { FoundParcel } from '../parcel/find-parcels.ts';
import { SUMS_NAME, volumeName } from '../parcel/names.ts';
import { parcelSums, volumeSums } from '../parcel/sums.ts';

/** A deviation from what a parcel's manifest lists. */
export interface SumsFlaw {
  /** Relative to the parcel. */
  readonly path: string;
  /** Phrase that follows the path in messages. */
  readonly what: string;
}

/** Files that an import by hand would take. */
const TAKEN_BY_HAND = /^(bundle|index|sidecars)-/;

/**
 * Compares the checksum files, by which a parcel is imported by hand, with its manifest, and looks for
 * files that the manifest does not list.
 */
export function* checkSums({ directory, manifest, id }: FoundParcel): Generator<SumsFlaw> {
  yield* flawsOf(directory, SUMS_NAME, parcelSums(manifest, id));
  for (const [i, { files }] of manifest.volumes.entries()) {
    const volume = volumeName(i + 1);
    yield* flawsOf(directory, `${volume}/${SUMS_NAME}`, volumeSums(files));
    const listed = new Set(files.map(({ name }) => name));
    for (const name of namesIn(join(directory, volume)))
      if (TAKEN_BY_HAND.test(name) && !listed.has(name))
        yield { path: `${volume}/${name}`, what: 'is not listed in the manifest' };
  }
}

function* flawsOf(directory: string, path: string, expected: string): Generator<SumsFlaw> {
  try {
    const stats = lstatSync(join(directory, path));
    if (!stats.isFile()) yield { path, what: 'is no file' };
    else if (stats.size !== Buffer.byteLength(expected))
      yield { path, what: 'is not what the manifest lists' };
    else if (readFileSync(join(directory, path), 'utf8') !== expected)
      yield { path, what: 'is not what the manifest lists' };
  } catch (error) {
    const isMissing = errorCode(error) === 'ENOENT';
    yield { path, what: isMissing ? 'is missing' : `cannot be read: ${errorMessage(error)}` };
  }
}

/** @returns no names for a volume that is missing, whose files are reported one by one */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
