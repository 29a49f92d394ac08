/**
 * Runs an action for each item, several at a time, in the order of the items. After a failure it
 * starts no further item, and throws once the running ones have ended.
 */
export async function forEachOf<T>(
  items: Iterable<T>,
  concurrency: number,
  act: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const work = async (): Promise<void> => {
    for (let next = iterator.next(); failure === undefined && next.done !== true; next = iterator.next()) {
      try {
        await act(next.value);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  if (failure !== undefined) throw failure.error;
}
