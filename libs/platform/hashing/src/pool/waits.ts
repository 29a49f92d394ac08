/**
 * Promises that reject together. Racing each one against a single failure promise would work as
 * well, but would leak some memory for every race.
 */
export class Waits {
  readonly #open = new Set<(error: unknown) => void>();
  #failure: { readonly error: unknown } | undefined;

  /** A promise that stays pending until it is resolved, or until all of them are rejected. */
  open(): { readonly promise: Promise<void>; readonly resolve: () => void } {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // The waiter handles the rejection; there may be none.
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

  /** Rejects all pending and future promises. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    for (const reject of this.#open) reject(error);
    this.#open.clear();
  }
}
