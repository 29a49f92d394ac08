import { isSha256Hex } from '@crates-mirror/hashing/sha256';
import { isCount, isObject, isText, isTime, isUuid, parseObject } from '../parcel/json.ts';
import { FORMAT_VERSION, type IndexState, type ParcelManifest } from '../parcel/manifest.ts';

export const RECEIPT_KIND = 'crates-mirror receipt';

/** What a receiver has, from which the sender continues. */
export interface Receipt {
  readonly format_version: number;
  readonly kind: typeof RECEIPT_KIND;
  readonly mirror_id: string;
  /** Sequence of the parcel that was unpacked last. */
  readonly sequence: number;
  /** SHA-256 of its manifest. */
  readonly parcel: string;
  readonly index_after: IndexState;
  /** ISO 8601, UTC */
  readonly packed_at: string;
  readonly unpacked_at: string;
  /** Whether the receiver has the sidecars of the parcel and of those before it [false]. */
  readonly sidecars?: boolean;
}

export function receiptFor(
  manifest: ParcelManifest,
  parcel: string,
  unpackedAt: Date,
  hasSidecars: boolean,
): Receipt {
  const { mirror_id, sequence, index_after, packed_at } = manifest;
  return {
    format_version: FORMAT_VERSION,
    kind: RECEIPT_KIND,
    mirror_id,
    sequence,
    parcel,
    index_after,
    packed_at,
    unpacked_at: unpackedAt.toISOString(),
    ...(hasSidecars ? { sidecars: true } : {}),
  };
}

export function encodeReceipt(receipt: Receipt): string {
  return `${JSON.stringify(receipt, undefined, 1)}\n`;
}

/** @returns undefined if the text is not a receipt of this version */
export function parseReceipt(text: string): Receipt | undefined {
  const value = parseObject(text);
  const { kind, format_version, mirror_id, sequence, parcel, index_after, packed_at, unpacked_at } = value;
  if (kind !== RECEIPT_KIND || format_version !== FORMAT_VERSION || !isUuid(mirror_id)) return undefined;
  if (!isCount(sequence) || !isSha256Hex(parcel) || !isObject(index_after)) return undefined;
  const { id, files } = index_after;
  if (!isText(id) || !isCount(files) || !isTime(packed_at) || !isTime(unpacked_at)) return undefined;
  return {
    format_version,
    kind: RECEIPT_KIND,
    mirror_id,
    sequence,
    parcel,
    index_after: { id, files },
    packed_at,
    unpacked_at,
    ...(value['sidecars'] === true ? { sidecars: true } : {}),
  };
}
