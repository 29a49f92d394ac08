/**
 * Promises that fail together. Racing each against one promise of the failure would do as well, but that one would keep
 * something in memory for every race.
 */
export class Waits {
  readonly #open = new Set<(error: unknown) => void>();
  #failure: { readonly error: unknown } | undefined;

  /** A promise that is open until it is resolved, or until all of them fail. */
  open(): { readonly promise: Promise<void>; readonly resolve: () => void } {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // Whoever waits hears of it; it may be that nobody does.
    promise.catch(() => {});
    if (this.#failure === undefined) this.#open.add(reject);
    else reject(this.#failure.error);
    return {
      promise,
      resolve: () => {
        this.#open.delete(reject);
        resolve();
      },
    };
  }

  /** Lets all that are open fail, and all that will be opened. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    for (const reject of this.#open) reject(error);
    this.#open.clear();
  }
}
