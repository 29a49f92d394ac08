import { keyOf, type OnDamage, type Place, type WantedFile } from './place.ts';

/**
 * Condition of a copy: not known to be damaged, damaged, or damaged when last checked and due for
 * another check.
 */
export type Condition = 'good' | 'damaged' | 'due';

/** Copies of crate files that were found damaged. A replaced file counts as another copy. */
export class DamageNotes {
  readonly #recheckAfter: number;
  /** Times of performance.now(). */
  readonly #foundAt = new Map<string, number>();
  readonly #onDamage: OnDamage;
  readonly #reported = new Set<string>();
  /** Incremented whenever a copy is noted or cleared. */
  changes = 0;

  /**
   * @param recheckAfter ms after which a copy is due for another check
   * @param onDamage called once for each copy
   */
  constructor(recheckAfter: number, onDamage: OnDamage) {
    this.#recheckAfter = recheckAfter;
    this.#onDamage = onDamage;
  }

  /** Notes a copy found damaged while it was read, although its size and times look right. */
  note(wanted: WantedFile, place: Place): void {
    const key = copyKey(wanted, place);
    if (!this.#foundAt.has(key)) this.changes += 1;
    this.#foundAt.set(key, performance.now());
    this.tell(wanted, place);
  }

  /** Reports a copy that is visibly damaged without reading it, unless it was already reported. */
  tell(wanted: WantedFile, place: Place): void {
    const key = copyKey(wanted, place);
    if (this.#reported.has(key)) return;
    this.#reported.add(key);
    this.#onDamage(wanted, place);
  }

  clear(wanted: WantedFile, place: Place): void {
    const key = copyKey(wanted, place);
    this.#reported.delete(key);
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
