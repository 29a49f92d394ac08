import { CodedError } from '@crates-mirror/errors';
import type { FoundParcel } from '../parcel/find-parcels.ts';
import { receiptFor } from '../state/receipt.ts';
import type { Received } from '../state/received.ts';

/** The parcels to unpack. */
export interface Chain {
  /** Consecutive parcels. The first one continues from the state of the mirror. */
  readonly next: readonly FoundParcel[];
  /** Number of parcels that were already unpacked. */
  readonly known: number;
}

/**
 * Finds the parcels that continue from the state of a mirror.
 *
 * @param found sorted by sequence
 * @throws CodedError for a parcel of another mirror, one older than the last unpacked parcel, or
 * one whose predecessor is missing
 */
export function chainOf(found: readonly FoundParcel[], received: Received | undefined): Chain {
  const history = new Set(received?.history ?? []);
  const unknown = found.filter(({ id }) => !history.has(id));
  for (const parcel of unknown) checkMirror(parcel, received);
  const next: FoundParcel[] = [];
  let before = received?.receipt;
  for (const parcel of unknown) {
    checkNext(parcel, before);
    next.push(parcel);
    before = receiptFor(parcel.manifest, parcel.id, new Date(0), false);
  }
  const isLastThere = found.some(({ id }) => id === received?.receipt.parcel);
  const [old] = found;
  if (next.length === 0 && !isLastThere && old !== undefined && received !== undefined)
    throw new CodedError(
      'replayed',
      `${old.name} was unpacked before: the mirror is at parcel ${received.receipt.sequence}`,
    );
  return { next, known: found.length - unknown.length };
}

function checkMirror({ name, manifest }: FoundParcel, received: Received | undefined): void {
  if (received === undefined || manifest.mirror_id === received.receipt.mirror_id) return;
  throw new CodedError('other_mirror', `${name} is of another mirror than what was unpacked before`, {
    hint: 'Unpack it into a mirror of its own',
  });
}

/** @param before receipt of the preceding parcel; undefined if there is none */
function checkNext({ name, manifest }: FoundParcel, before: Received['receipt'] | undefined): void {
  const { sequence, parent, mirror_id, index_before } = manifest;
  if (before === undefined) {
    if (parent === null) return;
    throw new CodedError(
      'missing_parcel',
      `${name} goes on from parcel ${sequence - 1}, and the mirror has none`,
      { hint: `Bring parcels 1 to ${sequence - 1} first, or one that was packed by --since none` },
    );
  }
  if (parent === null)
    throw new CodedError(
      'another_chain',
      `${name} begins a new chain of parcels, and the mirror is at parcel ${before.sequence}`,
      { hint: 'Unpack it into a new mirror' },
    );
  if (sequence > before.sequence + 1) {
    const missing = [before.sequence + 1, sequence - 1];
    const which = missing[0] === missing[1] ? `parcel ${missing[0]}` : `parcels ${missing.join(' to ')}`;
    throw new CodedError(
      'missing_parcel',
      `${name} is out of order: ${which} must come first, the mirror is at parcel ${before.sequence}`,
    );
  }
  const isNext = parent === before.parcel && index_before?.id === before.index_after.id;
  if (isNext && mirror_id === before.mirror_id && sequence === before.sequence + 1) return;
  throw new CodedError(
    'another_chain',
    `${name} does not go on from parcel ${before.sequence} as the mirror has it`,
    { hint: "Have it packed by --since with this mirror's receipt" },
  );
}
