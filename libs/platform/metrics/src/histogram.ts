/** Upper bounds in s, the same as in Prometheus's Go client, which dashboards expect. */
export const DEFAULT_BOUNDS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Observations counted by bucket: plain data, so that it can be sent between threads. */
export interface HistogramCounts {
  /** One for each bound, and one for larger values. Not cumulative. */
  readonly counts: Float64Array;
  sum: number;
}

/** @param bounds upper bounds, ascending */
export function noObservations(bounds: readonly number[]): HistogramCounts {
  return { counts: new Float64Array(bounds.length + 1), sum: 0 };
}

/**
 * Counts a value in the bucket of the first bound that it does not exceed.
 *
 * @param bounds those for which `into` was created
 */
export function observe(into: HistogramCounts, bounds: readonly number[], value: number): void {
  let bucket = 0;
  while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
  into.counts[bucket] = (into.counts[bucket] as number) + 1;
  into.sum += value;
}
