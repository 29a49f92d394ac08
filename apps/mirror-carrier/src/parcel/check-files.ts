import { createReadStream, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, errorMessage } from '@crates-mirror/errors';
import { createSha256 } from '@crates-mirror/hashing/sha256';
import type { FoundParcel } from './find-parcels.ts';
import type { ParcelFile, ParcelManifest } from './manifest.ts';
import { volumeName } from './names.ts';

const READ_SIZE = 1 << 20;

/** A deviation of a volume from the manifest. */
export interface Flaw {
  /** 1-based */
  readonly volume: number;
  /** Relative to the parcel. */
  readonly path: string;
  /** Phrase that follows the path in messages. */
  readonly what: string;
}

/** Called with the number of bytes that were read. @throws to end the check */
export type OnBytes = (count: number) => void;

/** Reads every file of a parcel, and reports those that do not match its manifest. */
export async function* checkFiles(parcel: FoundParcel, onBytes: OnBytes): AsyncGenerator<Flaw> {
  for (const [i, { files }] of parcel.manifest.volumes.entries()) {
    for (const file of files) {
      const path = `${volumeName(i + 1)}/${file.name}`;
      const what = await flawOf(join(parcel.directory, path), file, onBytes);
      if (what !== undefined) yield { volume: i + 1, path, what };
    }
  }
}

/** Bytes of all files of a parcel. */
export function sizeOf({ volumes }: ParcelManifest): number {
  return volumes.flatMap(({ files }) => files).reduce((sum, { size }) => sum + size, 0);
}

/** Describes in one line which volumes must be sent again. */
export function describeFlaws(parcel: FoundParcel, flaws: readonly Flaw[]): string {
  const [first] = flaws;
  if (first === undefined) return `${parcel.name} is whole`;
  const volumes = [...new Set(flaws.map(({ volume }) => volume))];
  const more = flaws.length === 1 ? '' : `, and ${flaws.length - 1} more`;
  const which = volumes.length === 1 ? `volume ${first.volume}` : `volumes ${volumes.join(', ')}`;
  return `${parcel.name} is not whole: ${first.path} ${first.what}${more}; ${which} must come again`;
}

/** @returns undefined if the file is correct */
async function flawOf(path: string, file: ParcelFile, onBytes: OnBytes): Promise<string | undefined> {
  try {
    const stats = lstatSync(path);
    if (!stats.isFile()) return 'is no file';
    if (stats.size !== file.size) return `has ${stats.size} bytes instead of ${file.size}`;
    const sha256 = await digestOf(path, onBytes);
    return sha256 === file.sha256 ? undefined : 'is damaged: it does not have its SHA-256';
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    return errorCode(error) === 'ENOENT' ? 'is missing' : `cannot be read: ${errorMessage(error)}`;
  }
}

/** Reads in pieces, so that signals and the progress bar are processed in between. */
async function digestOf(path: string, onBytes: OnBytes): Promise<string> {
  const digest = createSha256();
  for await (const piece of createReadStream(path, { highWaterMark: READ_SIZE })) {
    digest.update(piece);
    onBytes(piece.length);
  }
  return digest.digest('hex');
}
