/** Heavier tails that a few values may suggest, but that crate files do not have. */
const HEAVIEST = 0.5;
const LIGHTEST = 100;

/**
 * The mean of the values above the largest of a sample, by a truncated Pareto distribution whose
 * exponent is Hill's estimate (B. M. Hill, Annals of Statistics 3, 1975) from the largest values of
 * the sample, as many as its size's square root.
 *
 * @param values at least 2, not negative, in any order
 * @param largest possible value
 */
export function meanAbove(values: readonly number[], largest: number): number {
  const sorted = [...values].sort((one, other) => other - one);
  const top = sorted[0] ?? 0;
  if (top <= 0) return 0;
  // A value near the limit shows that the limit is too low.
  const limit = Math.max(largest, 2 * top);
  const exponent = Math.min(LIGHTEST, Math.max(HEAVIEST, hillEstimate(sorted)));
  const share = top / limit;
  if (Math.abs(exponent - 1) < 1e-6) return (top * Math.log(1 / share)) / (1 - share);
  const scale = (exponent / (exponent - 1)) * top;
  return (scale * (1 - share ** (exponent - 1))) / (1 - share ** exponent);
}

/** @param sorted in descending order */
function hillEstimate(sorted: readonly number[]): number {
  const count = Math.max(1, Math.round(Math.sqrt(sorted.length)));
  const threshold = Math.max(1, sorted[count] ?? 0);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Math.log(Math.max(threshold, sorted[i] ?? 0) / threshold);
  return sum === 0 ? LIGHTEST : count / sum;
}
