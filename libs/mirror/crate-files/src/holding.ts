import type { Place } from './place.ts';

/** How a mirror stands to a crate file that the index promises; docs/removals.md tells how each is told from the others. */
export type Holding =
  | { readonly kind: 'held'; readonly place: Place }
  /** Something is on disk in its place, and none of it has the promised bytes. */
  | { readonly kind: 'damaged'; readonly places: readonly Place[] }
  /** What was mirrored before the index had this checksum is in its place, whole. */
  | { readonly kind: 'outdated' }
  /** The ledger tells that it was verified, and nothing is in its place any more. */
  | { readonly kind: 'lost'; readonly path: string }
  | { readonly kind: 'absent' };

export const ABSENT: Holding = { kind: 'absent' };

export function placeOf(holding: Holding): Place | undefined {
  return holding.kind === 'held' ? holding.place : undefined;
}

/** What two places together come to: a whole copy counts, then a damaged one, then what is known of the second. */
export function eitherOf(first: Holding, second: Holding): Holding {
  if (first.kind === 'held' || second.kind === 'absent') return first;
  if (first.kind === 'damaged' && second.kind === 'damaged')
    return { kind: 'damaged', places: [...first.places, ...second.places] };
  return first.kind === 'damaged' && second.kind !== 'held' ? first : second;
}
