import { UsageError } from '@crates-mirror/errors';

/** Maximum number of crate files that a run removes: an emptied index must not empty a mirror. */
export type MostRemovals = { readonly count: number } | { readonly share: number };

/** Number of removals always allowed with a share, however few crate files there are. */
const FEW = 10;

/** @throws UsageError */
export function parseMostRemovals(text: string): MostRemovals {
  const share = /^(\d{1,3}(?:\.\d{1,6})?) ?%$/.exec(text)?.[1];
  if (share !== undefined && Number(share) <= 100) return { share: Number(share) / 100 };
  if (/^\d{1,9}$/.test(text)) return { count: Number(text) };
  throw new UsageError(`'${text}' is neither a number nor a share up to 100%`, {
    hint: 'Write it like 500 or 2%',
  });
}

/** @param held number of crate files in the mirror */
export function allowedRemovals(most: MostRemovals, held: number): number {
  return 'count' in most ? most.count : Math.max(FEW, Math.floor(held * most.share));
}
