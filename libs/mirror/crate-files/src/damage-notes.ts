import { keyOf, type OnDamage, type Place, type WantedFile } from './place.ts';

/** What is known of a copy: nothing bad, damaged, or damaged when it was looked at the last time, which is a while ago. */
export type Condition = 'good' | 'damaged' | 'due';

/** Copies of crate files that turned out to be damaged. Another file in the same place is another copy. */
export class DamageNotes {
  readonly #recheckAfter: number;
  /** On the clock of performance.now(). */
  readonly #foundAt = new Map<string, number>();
  readonly #onDamage: OnDamage;
  readonly #told = new Set<string>();
  /** Goes up whenever one is noted or cleared. */
  changes = 0;

  /** @param recheckAfter ms after which a copy is due to be looked at again. @param onDamage told of each copy once */
  constructor(recheckAfter: number, onDamage: OnDamage) {
    this.#recheckAfter = recheckAfter;
    this.#onDamage = onDamage;
  }

  /** Notes a copy that was found damaged when it was read: what its size and times tell of it is not so. */
  note(wanted: WantedFile, place: Place): void {
    const key = copyKey(wanted, place);
    if (!this.#foundAt.has(key)) this.changes += 1;
    this.#foundAt.set(key, performance.now());
    this.tell(wanted, place);
  }

  /** Tells of a copy whose damage shows from outside, unless it was told of before. */
  tell(wanted: WantedFile, place: Place): void {
    const key = copyKey(wanted, place);
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.#onDamage(wanted, place);
  }

  clear(wanted: WantedFile, place: Place): void {
    const key = copyKey(wanted, place);
    this.#told.delete(key);
    if (this.#foundAt.delete(key)) this.changes += 1;
  }

  conditionOf(wanted: WantedFile, place: Place): Condition {
    const foundAt = this.#foundAt.size === 0 ? undefined : this.#foundAt.get(copyKey(wanted, place));
    if (foundAt === undefined) return 'good';
    return performance.now() - foundAt < this.#recheckAfter ? 'damaged' : 'due';
  }
}

function copyKey({ sha256 }: WantedFile, place: Place): string {
  return `${sha256} ${keyOf(place)}`;
}
