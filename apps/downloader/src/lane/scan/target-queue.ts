import type { Target } from '../target.ts';

/**
 * Targets waiting to be fetched. At the fastest they are work for a tenth of a second, and for far
 * longer if requests are slow. They are few enough not to outlive V8's young generation.
 */
const MAX_NEW = 1000;
const WANTS_WORK_BELOW = MAX_NEW / 2;

/**
 * A lane's targets that wait for a request: new ones, those to be requested again, and those in
 * backoff.
 */
export class TargetQueue {
  #new: Target[] = [];
  #head = 0;
  readonly #again: Target[] = [];
  readonly #backoffs = new Set<NodeJS.Timeout>();

  /** Number of new targets. */
  get newCount(): number {
    return this.#new.length - this.#head;
  }

  /** Whether more should be scanned. */
  get hasRoom(): boolean {
    return this.newCount < MAX_NEW;
  }

  /** Whether there is room for another piece of work. */
  get wantsWork(): boolean {
    return this.newCount < WANTS_WORK_BELOW;
  }

  /** Number of targets in backoff. */
  get backingOff(): number {
    return this.#backoffs.size;
  }

  get size(): number {
    return this.newCount + this.#again.length + this.backingOff;
  }

  add(target: Target): void {
    this.#new.push(target);
  }

  /** Adds a target that was requested before. It precedes the new ones. */
  addAgain(target: Target): void {
    this.#again.push(target);
  }

  /** Does the same after a delay. @param onDue called after the delay */
  addLater(target: Target, ms: number, onDue: () => void): void {
    const timer = setTimeout(() => {
      this.#backoffs.delete(timer);
      this.#again.push(target);
      onDue();
    }, ms);
    this.#backoffs.add(timer);
  }

  next(): Target | undefined {
    return this.#again.shift() ?? this.#nextNew();
  }

  /** Discards the targets in backoff. */
  endBackoffs(): void {
    for (const timer of this.#backoffs) clearTimeout(timer);
    this.#backoffs.clear();
  }

  #nextNew(): Target | undefined {
    if (this.newCount === 0) return undefined;
    const target = this.#new[this.#head];
    this.#head += 1;
    if (this.#head === WANTS_WORK_BELOW) {
      this.#new = this.#new.slice(this.#head);
      this.#head = 0;
    }
    return target;
  }
}
