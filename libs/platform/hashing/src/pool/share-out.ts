/** A unit of work that cannot be divided. */
export interface Load {
  /** In any unit, the same for all. */
  readonly cost: number;
}

/**
 * Distributes loads over workers so that the busiest has little more than the others: the most
 * expensive first, each to the worker with the least so far (Graham's LPT rule, at most 4/3 of the
 * optimum).
 *
 * @returns a list for each worker with work, at most `workers` of them
 */
export function shareOut<T extends Load>(loads: readonly T[], workers: number): T[][] {
  const shares = Array.from({ length: workers }, (): { sum: number; loads: T[] } => ({ sum: 0, loads: [] }));
  for (const load of loads.toSorted((a, b) => b.cost - a.cost)) {
    const least = shares.reduce((a, b) => (b.sum < a.sum ? b : a));
    least.sum += load.cost;
    least.loads.push(load);
  }
  return shares.map((share) => share.loads).filter((share) => share.length > 0);
}
