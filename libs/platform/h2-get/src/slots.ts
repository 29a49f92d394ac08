/** What can be in {@link Slots}. */
export interface Seated {
  /** Where it is; for the slots alone. */
  seat: number;
}

/**
 * Those that are here for now, in no order, while thousands a second come and go. (A Set or a Map that is deleted from makes itself
 * a new table again and again, and the one before still points to it: once V8 has moved one of them into its old
 * generation, every later one follows, with all that it ever held.)
 */
export class Slots<One extends Seated> {
  #all: One[] = [];

  /** Those that are here; another order with each that goes. */
  get all(): readonly One[] {
    return this.#all;
  }

  get size(): number {
    return this.#all.length;
  }

  add(one: One): void {
    one.seat = this.#all.length;
    this.#all.push(one);
  }

  /** @returns whether it was here */
  delete(one: One): boolean {
    const { seat } = one;
    if (this.#all[seat] !== one) return false;
    const last = this.#all.pop() as One;
    if (last !== one) {
      last.seat = seat;
      this.#all[seat] = last;
    }
    return true;
  }

  /** Takes out all. */
  take(): readonly One[] {
    const taken = this.#all;
    this.#all = [];
    return taken;
  }
}
