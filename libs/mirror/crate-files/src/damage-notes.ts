import { keyOf, type Place, type WantedFile } from './place.ts';

/** What is known of a copy: nothing bad, damaged, or damaged when it was looked at the last time, which is a while ago. */
export type Condition = 'good' | 'damaged' | 'due';

/** Copies of crate files that turned out to be damaged. Another file in the same place is another copy. */
export class DamageNotes {
  readonly #recheckAfter: number;
  /** On the clock of performance.now(). */
  readonly #foundAt = new Map<string, number>();
  /** Goes up whenever one is noted or cleared. */
  changes = 0;

  /** @param recheckAfter ms after which a copy is due to be looked at again */
  constructor(recheckAfter: number) {
    this.#recheckAfter = recheckAfter;
  }

  /** @returns whether it was not known yet */
  note(wanted: WantedFile, place: Place): boolean {
    const key = copyKey(wanted, place);
    const isNews = !this.#foundAt.has(key);
    this.#foundAt.set(key, performance.now());
    if (isNews) this.changes += 1;
    return isNews;
  }

  clear(wanted: WantedFile, place: Place): void {
    if (this.#foundAt.delete(copyKey(wanted, place))) this.changes += 1;
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
