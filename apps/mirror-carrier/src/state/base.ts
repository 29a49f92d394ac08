import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readGivenFile } from '@crates-mirror/cli/given-file';
import { UsageError } from '@crates-mirror/errors';
import { sha256Hex } from '@crates-mirror/hashing/sha256';
import { parseObject } from '../parcel/json.ts';
import { PARCEL_KIND } from '../parcel/manifest.ts';
import { MANIFEST_NAME, parcelName } from '../parcel/names.ts';
import { findPacked, lastPacked, type PackedParcel, rememberLast } from './packed.ts';
import { parseReceipt } from './receipt.ts';

const RECEIPT_HINT =
  'Name the receipt that unpack has written, or a parcel; status --receipt-out writes it again';

/**
 * Finds the parcel from which a new one continues.
 *
 * The record of the last parcel is read only if `since` names no other: it may be lost or damaged,
 * and then `none`, or a recorded parcel, still works.
 *
 * @param since `none` to begin a chain; `last` for the parcel packed last; a receipt, or a parcel;
 *   undefined begins the first chain
 * @throws UsageError
 */
export function findBase(
  mirror: string,
  mirrorId: string,
  since: string | undefined,
): PackedParcel | undefined {
  if (since === 'none') return undefined;
  if (continuesLast(since)) {
    const last = lastPacked(mirror);
    if (since === undefined && last !== undefined)
      throw new UsageError(
        `--since is missing: parcel ${last.manifest.sequence} of ${mirror} was packed already`,
        {
          hint: "Give --since and the receiver's receipt, --since last to go on from the last one, or --since none to begin anew with everything",
        },
      );
    if (since === 'last' && last === undefined)
      throw new UsageError(`--since last: no parcel of ${mirror} was packed yet`, {
        hint: 'Leave --since out',
      });
    return last;
  }
  const { sequence, id, hasSidecars } = named(mirrorId, since);
  const found = findPacked(mirror, sequence, id);
  if (found !== undefined) return hasSidecars ? found : { ...found, sidecarStateFile: undefined };
  throw new UsageError(`--since: ${mirror} knows of no parcel ${sequence} ${id.slice(0, 16)}`, {
    hint: 'Name the mirror that packed it; or give --since none, to begin anew with everything',
  });
}

/** Whether a new parcel continues from the last one, if there is one. @param since see findBase */
function continuesLast(since: string | undefined): since is 'last' | undefined {
  return since === undefined || since === 'last';
}

/**
 * Records a parcel as the last one if a kill prevented that: it was published under its name, but
 * not yet recorded. Does nothing unless `since` refers to the last one.
 *
 * @param since see findBase
 * @param to the directory in which parcels are published
 */
export function recordPublished(mirror: string, since: string | undefined, to: string): void {
  if (!continuesLast(since)) return;
  const last = lastPacked(mirror);
  const sequence = (last?.manifest.sequence ?? 0) + 1;
  const path = join(to, parcelName(sequence), MANIFEST_NAME);
  if (!existsSync(path)) return;
  const found = findPacked(mirror, sequence, sha256Hex(readFileSync(path)));
  if (found !== undefined && found.manifest.parent === (last?.id ?? null)) rememberLast(mirror, found);
}

/** The parcel that a receiver has. */
interface NamedParcel {
  readonly sequence: number;
  readonly id: string;
  /** Whether the receiver has its sidecars, too. Of a parcel itself, nobody knows otherwise. */
  readonly hasSidecars: boolean;
}

/** @throws UsageError if the file does not identify a parcel of this mirror */
function named(mirrorId: string, since: string): NamedParcel {
  const path = isDirectory(since) ? join(since, MANIFEST_NAME) : since;
  const bytes = readGivenFile('--since', path, RECEIPT_HINT);
  const text = bytes.toString('utf8');
  const value = parseObject(text);
  const receipt = parseReceipt(text);
  const isParcel = value['kind'] === PARCEL_KIND;
  if (receipt === undefined && !isParcel)
    throw new UsageError(`--since: ${path} is no receipt`, { hint: RECEIPT_HINT });
  if (value['mirror_id'] !== mirrorId)
    throw new UsageError(`--since: ${path} is of another mirror`, {
      hint: 'Name the mirror that its parcels were packed of',
    });
  return receipt === undefined
    ? { sequence: Number(value['sequence']), id: sha256Hex(bytes), hasSidecars: true }
    : { sequence: receipt.sequence, id: receipt.parcel, hasSidecars: receipt.sidecars === true };
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
