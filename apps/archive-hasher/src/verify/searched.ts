import { asError, REQUESTS } from '../bucket/listed-objects.ts';
import { lookAhead } from '../bucket/look-ahead.ts';
import type { BytePath } from '../byte-path.ts';
import type { Expected } from '../inventory/parse-entry.ts';
import { type Pair, paired } from './paired.ts';

/** An entry of a walk with its entry of the inventory, or what a search for the latter has found. */
export type Searched<T, F> =
  | { readonly walked: T; readonly expected: Expected | undefined }
  | { readonly walked: undefined; readonly expected: Expected; readonly found: F };

/**
 * Pairs a walk with an inventory, and searches for the entries that the walk has not met. Searches
 * for successive entries run side by side, because a search may be a request to a store.
 *
 * @throws errors of the walk, the inventory, or a search
 */
export async function* searched<T extends { readonly path: BytePath }, F>(
  walk: Iterable<T> | AsyncIterable<T>,
  entries: Iterator<Expected>,
  find: (path: BytePath) => Promise<F>,
): AsyncGenerator<Searched<T, F>> {
  const begin = (pair: Pair<T>): (() => Promise<Searched<T, F>>) => {
    if (isMet(pair)) {
      const [walked, expected] = pair;
      return async () => ({ walked, expected });
    }
    const [walked, expected] = pair;
    // An error is thrown when it is the entry's turn.
    const search = find(expected.path).then((found) => ({ found }), asError);
    return async () => {
      const outcome = await search;
      if (outcome instanceof Error) throw outcome;
      return { walked, expected, found: outcome.found };
    };
  };
  // An entry that was met may have its content in memory, so no other waits behind it.
  const weigh = (pair: Pair<T>): number => (isMet(pair) ? REQUESTS : 1);
  for await (const settle of lookAhead(paired(walk, entries), begin, { limit: REQUESTS, weigh }))
    yield await settle();
}

function isMet<T extends object>(pair: Pair<T>): pair is readonly [T, Expected | undefined] {
  return pair[0] !== undefined;
}
