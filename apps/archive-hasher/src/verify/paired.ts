import { type BytePath, comparePaths } from '../byte-path.ts';
import type { Expected } from '../inventory/parse-entry.ts';

/** An entry of a walk, an entry of the inventory, or both of the same path. */
export type Pair<T> = readonly [T, Expected | undefined] | readonly [undefined, Expected];

/**
 * Goes through a walk and an inventory side by side, since both are in the same order: neither is held
 * in memory.
 *
 * @throws errors of either
 */
export async function* paired<T extends { readonly path: BytePath }>(
  walk: Iterable<T> | AsyncIterable<T>,
  entries: Iterator<Expected>,
): AsyncGenerator<Pair<T>> {
  let expected = next(entries);
  for await (const walked of walk) {
    for (; expected !== undefined && comparePaths(expected.path, walked.path) < 0; expected = next(entries))
      yield [undefined, expected];
    const isExpected = expected !== undefined && expected.path === walked.path;
    yield [walked, isExpected ? expected : undefined];
    if (isExpected) expected = next(entries);
  }
  for (; expected !== undefined; expected = next(entries)) yield [undefined, expected];
}

function next(entries: Iterator<Expected>): Expected | undefined {
  const { value, done } = entries.next();
  return done === true ? undefined : value;
}
