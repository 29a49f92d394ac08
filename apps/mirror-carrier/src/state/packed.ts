import { copyFileSync, existsSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode, UsageError, unreadable } from '@crates-mirror/errors';
import {
  flushDirectory,
  makeDirectories,
  partialName,
  renameNew,
  writeFileAtomic,
} from '@crates-mirror/fs-atomic';
import { sha256Hex } from '@crates-mirror/hashing/sha256';
import { parseObject } from '../parcel/json.ts';
import type { ParcelManifest } from '../parcel/manifest.ts';
import { MANIFEST_NAME, NOT_HELD_NAME, parcelName } from '../parcel/names.ts';
import { parseManifest } from '../parcel/parse-manifest.ts';
import { carrierHome } from './carrier-home.ts';
import { forgetPacked } from './forget-packed.ts';
import { keepVolumes } from './kept-volumes.ts';

/** For an index in a directory: its state when a parcel was packed. */
export const INDEX_STATE_NAME = 'index-state.tsv';
/** The versions that the policy kept out of parcels. */
export const REFUSED_NAME = 'refused.tsv';
/** The sidecars when a parcel was packed. */
export const SIDECAR_STATE_NAME = 'sidecar-state.tsv';
const VOLUMES_NAME = 'volumes';

/** A parcel that was packed, from which the next one continues. */
export interface PackedParcel {
  /** SHA-256 of its manifest. */
  readonly id: string;
  readonly manifest: ParcelManifest;
  readonly manifestFile: string;
  readonly notHeldFile: string;
  readonly indexStateFile: string;
  readonly refusedFile: string;
  /** The sidecars that the receiver has; undefined if it has none, or lacks some. */
  readonly sidecarStateFile: string | undefined;
  /** Data to rebuild its volumes, kept only for the parcel packed last. */
  readonly volumesDirectory: string;
}

/** The files of a parcel to record, with their current paths. */
export interface PackedFiles {
  /** The directory of the parcel. */
  readonly parcel: string;
  readonly notHeld: string | undefined;
  readonly indexState: string | undefined;
  readonly refused: string | undefined;
  readonly sidecarState: string | undefined;
}

/** Records a parcel before it is published. The caller holds the carrier's lock. */
export async function rememberPacked(
  mirror: string,
  { manifest, id }: { readonly manifest: ParcelManifest; readonly id: string },
  files: PackedFiles,
): Promise<void> {
  const { packedDirectory } = carrierHome(mirror);
  const place = recordOf(mirror, manifest.sequence, id);
  if (existsSync(place)) return;
  const partial = partialName(place);
  rmSync(partial, { recursive: true, force: true });
  makeDirectories(partial);
  copyFileSync(join(files.parcel, MANIFEST_NAME), join(partial, MANIFEST_NAME));
  if (files.notHeld !== undefined) copyFileSync(files.notHeld, join(partial, NOT_HELD_NAME));
  if (files.indexState !== undefined) copyFileSync(files.indexState, join(partial, INDEX_STATE_NAME));
  if (files.refused !== undefined) copyFileSync(files.refused, join(partial, REFUSED_NAME));
  if (files.sidecarState !== undefined) copyFileSync(files.sidecarState, join(partial, SIDECAR_STATE_NAME));
  await keepVolumes(files.parcel, manifest, join(partial, VOLUMES_NAME));
  flushDirectory(partial);
  renameNew(partial, place);
  flushDirectory(packedDirectory);
}

/**
 * Records which parcel was published last, and removes records of parcels that have long been
 * neither packed nor used as a base.
 *
 * @returns the names of the records that were removed
 */
export function rememberLast(
  mirror: string,
  { manifest, id }: Pick<PackedParcel, 'manifest' | 'id'>,
): string[] {
  const { lastPackedFile, packedDirectory } = carrierHome(mirror);
  const { sequence, parent } = manifest;
  writeFileAtomic(lastPackedFile, `${JSON.stringify({ sequence, parcel: id })}\n`, { durable: true });
  // A receiver may still be at the base, so it counts as recently used.
  const base = parent === null ? undefined : join(recordOf(mirror, sequence - 1, parent), MANIFEST_NAME);
  const now = new Date();
  if (base !== undefined && existsSync(base)) utimesSync(base, now, now);
  return forgetPacked(packedDirectory, recordName(sequence, id), VOLUMES_NAME);
}

/** The parcel that was published last; undefined if none was. @throws UsageError */
export function lastPacked(mirror: string): PackedParcel | undefined {
  const { lastPackedFile } = carrierHome(mirror);
  let text: string;
  try {
    text = readFileSync(lastPackedFile, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw unreadable('--mirror', lastPackedFile, error);
  }
  const { sequence, parcel } = parseObject(text);
  const found = findPacked(mirror, Number(sequence), String(parcel));
  if (found !== undefined) return found;
  throw new UsageError(`${lastPackedFile} names a parcel that nothing is remembered of`, {
    hint: 'Put the directory back from a copy; or give --since none, to begin anew with everything',
  });
}

/** The record of a parcel; undefined if there is none, or it belongs to another parcel. */
export function findPacked(mirror: string, sequence: number, id: string): PackedParcel | undefined {
  return readPacked(recordOf(mirror, sequence, id), id);
}

/** @throws UsageError if the directory is not a complete record of a parcel */
function readPacked(directory: string, id: string): PackedParcel | undefined {
  const path = join(directory, MANIFEST_NAME);
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path);
  if (sha256Hex(bytes) !== id)
    throw new UsageError(`${path} is damaged: it is not the manifest that the parcel had`, {
      hint: 'Put it back from the parcel, or begin a new chain of parcels by --since none',
    });
  const sidecarState = join(directory, SIDECAR_STATE_NAME);
  return {
    id,
    manifest: parseManifest(bytes.toString('utf8')),
    manifestFile: path,
    notHeldFile: join(directory, NOT_HELD_NAME),
    indexStateFile: join(directory, INDEX_STATE_NAME),
    refusedFile: join(directory, REFUSED_NAME),
    sidecarStateFile: existsSync(sidecarState) ? sidecarState : undefined,
    volumesDirectory: join(directory, VOLUMES_NAME),
  };
}

/** The name of a parcel's record. */
export function recordName(sequence: number, id: string): string {
  const name = `${parcelName(Number.isSafeInteger(sequence) ? sequence : 0)}-${id.slice(0, 16)}`;
  return name.replaceAll(/[^a-z0-9-]/g, '');
}

function recordOf(mirror: string, sequence: number, id: string): string {
  return join(carrierHome(mirror).packedDirectory, recordName(sequence, id));
}
