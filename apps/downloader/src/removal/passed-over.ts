import { keyOfFile } from '@crates-mirror/removals';
import type { ReadPlace } from '@crates-mirror/removals/places';

/** Files that are skipped when removals are sought, identified by `keyOfFile`. */
export interface PassedOver {
  /** Files that a user restored manually. */
  readonly kept: ReadonlySet<string>;
  /** Files that are already withdrawn. */
  readonly withdrawn: ReadonlySet<string>;
}

export function passedOver(places: readonly Pick<ReadPlace, 'journal'>[]): PassedOver {
  const withdrawn = places.flatMap(({ journal }) =>
    journal.removals('done').filter(({ action }) => action === 'withdraw'),
  );
  return {
    kept: new Set(places.flatMap(({ journal }) => [...journal.keptByHand()])),
    withdrawn: new Set(withdrawn.map(keyOfFile)),
  };
}
