import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CodedError, errorMessage, UsageError, unreadable } from '@crates-mirror/errors';
import { sha256Hex } from '@crates-mirror/hashing/sha256';
import type { ParcelManifest } from './manifest.ts';
import { isParcelName, MANIFEST_NAME } from './names.ts';
import { parseManifest } from './parse-manifest.ts';

/** Maximum bytes of a manifest. With the bundles of all of crates.io, it has some megabytes. */
const MAX_MANIFEST = 256 << 20;

/** A parcel that was read, but not verified. */
export interface FoundParcel {
  readonly directory: string;
  /** Name for messages. */
  readonly name: string;
  readonly manifest: ParcelManifest;
  /** Content of the manifest file. */
  readonly bytes: Buffer;
  /** SHA-256 of the manifest. */
  readonly id: string;
}

/** An entry that is named like a parcel but cannot be read as one. */
export interface UnreadableParcel {
  readonly name: string;
  /** Phrase that follows the name in messages. */
  readonly why: string;
}

export interface Parcels {
  /** Sorted by sequence. */
  readonly found: readonly FoundParcel[];
  readonly unreadable: readonly UnreadableParcel[];
}

/**
 * Finds the parcels in a directory, or the one that it is.
 *
 * @throws UsageError if there is none, or the directory cannot be read
 */
export function findParcels(from: string): Parcels {
  const directories = existsSync(join(from, MANIFEST_NAME)) ? [from] : parcelsIn(from);
  if (directories.length === 0)
    throw new UsageError(`--from: there is no parcel in ${from}`, {
      hint: `Name a directory with ${MANIFEST_NAME} in it, or with directories like parcel-0001`,
    });
  const found: FoundParcel[] = [];
  const unreadable: UnreadableParcel[] = [];
  for (const directory of directories) {
    const name = basename(directory);
    try {
      found.push(readParcel(directory, name));
    } catch (error) {
      unreadable.push({ name, why: whyNot(error) });
    }
  }
  return { found: found.sort((a, b) => a.manifest.sequence - b.manifest.sequence), unreadable };
}

function parcelsIn(from: string): string[] {
  try {
    return readdirSync(from)
      .filter(isParcelName)
      .sort()
      .map((name) => join(from, name));
  } catch (error) {
    throw unreadable('--from', from, error);
  }
}

/** @throws CodedError, or the system's error */
function readParcel(directory: string, name: string): FoundParcel {
  const path = join(directory, MANIFEST_NAME);
  const stats = statSync(path);
  if (!stats.isFile() || stats.size > MAX_MANIFEST)
    throw new CodedError('no_parcel', 'is no manifest of a parcel');
  const bytes = readFileSync(path);
  return { directory, name, manifest: parseManifest(bytes.toString('utf8')), bytes, id: sha256Hex(bytes) };
}

function whyNot(error: unknown): string {
  if (!(error instanceof CodedError))
    return `has a ${MANIFEST_NAME} that cannot be read: ${errorMessage(error)}`;
  const hint = error.hint === undefined ? '' : `. ${error.hint}`;
  return `has a ${MANIFEST_NAME} that ${error.message}${hint}`;
}
