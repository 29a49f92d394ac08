import type { Place } from './place.ts';

/** State of a crate file in a mirror. docs/removals.md says how the states are distinguished. */
export type LookupResult =
  | { readonly kind: 'held'; readonly place: Place }
  /** A file is in its place, but no copy has the promised bytes. */
  | { readonly kind: 'damaged'; readonly places: readonly Place[] }
  /** An undamaged file mirrored for an earlier checksum of the index is in its place. */
  | { readonly kind: 'outdated' }
  /** The ledger lists the file as verified, but it is no longer there. */
  | { readonly kind: 'lost'; readonly path: string }
  | { readonly kind: 'absent' };

export const ABSENT: LookupResult = { kind: 'absent' };

export function placeOf(result: LookupResult): Place | undefined {
  return result.kind === 'held' ? result.place : undefined;
}

/**
 * Combines the states of two places: a whole copy wins, then a damaged one, then the state of the
 * second place.
 */
export function eitherOf(first: LookupResult, second: LookupResult): LookupResult {
  if (first.kind === 'held' || second.kind === 'absent') return first;
  if (first.kind === 'damaged' && second.kind === 'damaged')
    return { kind: 'damaged', places: [...first.places, ...second.places] };
  return first.kind === 'damaged' && second.kind !== 'held' ? first : second;
}
