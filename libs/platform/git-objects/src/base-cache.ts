import type { GitObject } from './git-object.ts';

/** bytes that are kept at most */
const MOST_BYTES = 32 << 20;

/** Objects that others are deltas of, by where they are in their pack: most are the base of several. */
export class BaseCache {
  readonly #objects = new Map<number, GitObject>();
  #bytes = 0;

  get(offset: number): GitObject | undefined {
    const object = this.#objects.get(offset);
    if (object === undefined) return undefined;
    // The last used comes last.
    this.#objects.delete(offset);
    this.#objects.set(offset, object);
    return object;
  }

  set(offset: number, object: GitObject): void {
    if (this.#objects.has(offset) || object.bytes.length > MOST_BYTES / 2) return;
    this.#objects.set(offset, object);
    this.#bytes += object.bytes.length;
    for (const [oldest, { bytes }] of this.#objects) {
      if (this.#bytes <= MOST_BYTES) return;
      this.#objects.delete(oldest);
      this.#bytes -= bytes.length;
    }
  }
}
