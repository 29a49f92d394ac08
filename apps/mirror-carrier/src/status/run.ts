import { ExitCode } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import { formatDuration } from '@crates-mirror/progress';
import { checkDirectory } from '../directories.ts';
import type { StatusOptions } from '../options.ts';
import { findParcels, type Parcels, type UnreadableParcel } from '../parcel/find-parcels.ts';
import { type Print, toStdout } from '../print.ts';
import { lastPacked, type PackedParcel } from '../state/packed.ts';
import { encodeReceipt } from '../state/receipt.ts';
import { checkReceiptPlace } from '../state/receipt-place.ts';
import { type Received, readReceived } from '../state/received.ts';

/** A parcel that was found, and its state relative to the mirror. */
interface Listed {
  readonly name: string;
  readonly sequence: number;
  readonly standing: 'unpacked' | 'to be unpacked' | 'of another chain';
}

interface Status {
  readonly received: Received | undefined;
  readonly packed: PackedParcel | undefined;
  readonly parcels: readonly Listed[];
  readonly unreadable: readonly UnreadableParcel[];
  /** Sequences up to the last parcel found that are neither unpacked nor found. */
  readonly missing: readonly number[];
  readonly receiptFile: string | undefined;
}

/**
 * Reports which parcels a mirror has received.
 *
 * @returns the exit code: 1 if a parcel of --from cannot be read
 * @throws UsageError
 */
export async function runStatus(options: StatusOptions, print: Print = toStdout): Promise<number> {
  const { mirror, from, receiptOut } = options;
  checkDirectory(mirror, '--mirror');
  const received = readReceived(mirror);
  const found = from === undefined ? undefined : findParcels(from);
  if (receiptOut !== undefined) {
    checkReceiptPlace(receiptOut);
    if (received === undefined)
      throw new UsageError(`--receipt-out: ${mirror} has received no parcel`, {
        hint: 'Name the mirror that parcels were unpacked into',
      });
    writeFileAtomic(receiptOut, encodeReceipt(received.receipt));
  }
  const status: Status = {
    received,
    packed: lastPacked(mirror),
    parcels: found === undefined ? [] : listed(found, received),
    unreadable: found?.unreadable ?? [],
    missing: found === undefined ? [] : missingOf(found, received),
    receiptFile: receiptOut,
  };
  print((options.logFormat === 'json' ? statusJson : statusText)(mirror, status));
  return status.unreadable.length === 0 ? ExitCode.done : ExitCode.failed;
}

function listed({ found }: Parcels, received: Received | undefined): Listed[] {
  const history = new Set(received?.history ?? []);
  const last = received?.receipt;
  return found.map(({ id, name, manifest: { sequence, mirror_id } }) => {
    const isNext = mirror_id === (last?.mirror_id ?? mirror_id) && sequence > (last?.sequence ?? 0);
    const standing = history.has(id) ? 'unpacked' : isNext ? 'to be unpacked' : 'of another chain';
    return { name, sequence, standing };
  });
}

function missingOf({ found }: Parcels, received: Received | undefined): number[] {
  const there = new Set(found.map(({ manifest }) => manifest.sequence));
  const missing: number[] = [];
  const last = Math.max(0, ...there);
  for (let sequence = (received?.receipt.sequence ?? 0) + 1; sequence < last; sequence++)
    if (!there.has(sequence)) missing.push(sequence);
  return missing;
}

function statusText(mirror: string, status: Status): string {
  const { received, packed, parcels, unreadable, missing, receiptFile } = status;
  const lines: string[] = [];
  if (received !== undefined) {
    const { sequence, packed_at, unpacked_at, parcel, index_after } = received.receipt;
    lines.push(
      `${mirror} is at parcel ${sequence}, which was packed ${ageOf(packed_at)} ago (${packed_at}).`,
      '',
      `  unpacked   ${unpacked_at}`,
      `  manifest   ${parcel}`,
      `  index      ${index_after.files} files, ${index_after.id}`,
    );
  }
  if (packed !== undefined) {
    const { sequence, packed_at } = packed.manifest;
    lines.push(`Parcel ${sequence} of ${mirror} was packed last, ${ageOf(packed_at)} ago (${packed_at}).`);
  }
  if (lines.length === 0) lines.push(`${mirror} has received no parcel, and none of it was packed.`);
  if (parcels.length > 0) lines.push('', ...parcels.map(({ name, standing }) => `  ${name}   ${standing}`));
  if (unreadable.length > 0) lines.push('', ...unreadable.map(({ name, why }) => `${name} ${why}`));
  if (missing.length > 0) lines.push('', `Missing: ${missing.map((one) => `parcel ${one}`).join(', ')}`);
  if (receiptFile !== undefined) lines.push('', `The receipt is ${receiptFile}.`);
  return `${lines.join('\n')}\n`;
}

function ageOf(time: string): string {
  return formatDuration(Math.max(0, Date.now() - Date.parse(time)));
}

function statusJson(mirror: string, status: Status): string {
  const { received, packed, parcels, unreadable, missing, receiptFile } = status;
  return `${JSON.stringify({
    mirror,
    received: received?.receipt ?? null,
    packed:
      packed === undefined
        ? null
        : {
            sequence: packed.manifest.sequence,
            parcel: packed.id,
            packed_at: packed.manifest.packed_at,
          },
    parcels,
    unreadable,
    missing,
    receipt: receiptFile ?? null,
  })}\n`;
}
