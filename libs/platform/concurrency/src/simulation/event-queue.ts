interface Event {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

/** A clock that jumps from one event to the next. Times are in ms. */
export class EventQueue {
  now = 0;
  #order = 0;
  /** A binary heap: no event is earlier than the one at half its index. */
  readonly #heap: Event[] = [];

  at(at: number, act: () => void): void {
    const event = { at, order: this.#order++, act };
    let index = this.#heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = this.#heap[parent] as Event;
      if (!isEarlier(event, above)) break;
      this.#heap[index] = above;
      index = parent;
    }
    this.#heap[index] = event;
  }

  after(ms: number, act: () => void): void {
    this.at(this.now + ms, act);
  }

  /** Runs all events before `end`. */
  runUntil(end: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.at < end; next = this.#heap[0]) {
      this.#takeFirst();
      this.now = next.at;
      next.act();
    }
    this.now = end;
  }

  #takeFirst(): void {
    const last = this.#heap.pop() as Event;
    const { length } = this.#heap;
    if (length === 0) return;
    let index = 0;
    for (let child = 1; child < length; child = 2 * index + 1) {
      const right = this.#heap[child + 1];
      if (right !== undefined && isEarlier(right, this.#heap[child] as Event)) child += 1;
      const below = this.#heap[child] as Event;
      if (!isEarlier(below, last)) break;
      this.#heap[index] = below;
      index = child;
    }
    this.#heap[index] = last;
  }
}

function isEarlier(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
