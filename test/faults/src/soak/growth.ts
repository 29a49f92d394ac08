import type { Sample } from './process-samples.ts';

/** A quantity of {@link Sample}, with the growth that counts as none. */
export interface Quantity {
  readonly name: 'memory' | 'descriptors' | 'threads';
  readonly unit: string;
  /**
   * Of the second quarter's median, for caches that still fill and garbage that is yet to be
   * collected.
   */
  readonly share: number;
  readonly more: number;
}

export const QUANTITIES: readonly Quantity[] = [
  { name: 'memory', unit: 'MB', share: 0.1, more: 10 },
  { name: 'descriptors', unit: '', share: 0.1, more: 5 },
  { name: 'threads', unit: '', share: 0, more: 1 },
];

export interface Growth {
  readonly quantity: Quantity;
  /** Medians of the second and of the last quarter: the first one is the start. */
  readonly early: number;
  readonly late: number;
  readonly max: number;
  readonly hasGrown: boolean;
}

/**
 * Compares the last quarter of a soak with its second one.
 *
 * @param samples at least eight
 */
export function growthOf(samples: readonly Sample[]): Growth[] {
  const quarter = Math.floor(samples.length / 4);
  return QUANTITIES.map((quantity) => {
    const values = samples.map((sample) => sample[quantity.name]);
    const early = median(values.slice(quarter, 2 * quarter));
    const late = median(values.slice(3 * quarter));
    const max = Math.max(...values);
    return { quantity, early, late, max, hasGrown: late > early * (1 + quantity.share) + quantity.more };
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
