/** The most that is under way at once. */
export interface LookAhead<T> {
  readonly limit: number;
  /** What an item counts towards the limit. */
  readonly weigh: (item: T) => number;
}

/**
 * Begins work on items before the work on earlier ones has ended, and yields in the order of the
 * items.
 *
 * @param begin must not throw
 */
export async function* lookAhead<T, R>(
  items: AsyncIterable<T>,
  begin: (item: T) => R,
  { limit, weigh }: LookAhead<T>,
): AsyncGenerator<R> {
  const begun: { readonly result: R; readonly weight: number }[] = [];
  let weight = 0;
  const shift = (): R => {
    const [first] = begun.splice(0, 1) as [(typeof begun)[number]];
    weight -= first.weight;
    return first.result;
  };
  for await (const item of items) {
    const own = weigh(item);
    while (begun.length > 0 && weight + own > limit) yield shift();
    begun.push({ result: begin(item), weight: own });
    weight += own;
  }
  while (begun.length > 0) yield shift();
}
