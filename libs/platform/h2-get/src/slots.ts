/** An item that can be in {@link Slots}. */
export interface Slotted {
  /** Its position; managed by the slots. */
  slot: number;
}

/**
 * An unordered collection whose items come and go by thousands a second. (A Set or Map with
 * deletions repeatedly replaces its table, and the previous one still points to the new one: once
 * V8 has moved one of them into its old generation, every later one follows, with everything that
 * it ever held.)
 */
export class Slots<One extends Slotted> {
  #all: One[] = [];

  /** The current items; each removal changes their order. */
  get all(): readonly One[] {
    return this.#all;
  }

  get size(): number {
    return this.#all.length;
  }

  add(one: One): void {
    one.slot = this.#all.length;
    this.#all.push(one);
  }

  /** @returns whether it was present */
  delete(one: One): boolean {
    const { slot } = one;
    if (this.#all[slot] !== one) return false;
    const last = this.#all.pop() as One;
    if (last !== one) {
      last.slot = slot;
      this.#all[slot] = last;
    }
    return true;
  }

  /** Removes and returns all items. */
  take(): readonly One[] {
    const taken = this.#all;
    this.#all = [];
    return taken;
  }
}
