import { meanAbove } from './tail-mean.ts';

/**
 * The two-sided 95 % quantile of the normal distribution, slightly widened for samples of some
 * dozens.
 */
const Z = 1.97;
const REPLICATES = 999;
/** A smaller sample has too little information about a tail. */
export const MIN_SAMPLE = 10;

/** A mean and its 95 % interval, in the unit of the values. */
export interface MeanInterval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface Population {
  /** Number of values in the population. */
  readonly count: number;
  /** Larger values are rare, if there are any. */
  readonly largest: number;
}

/**
 * The mean of a population that is dominated by a few very large values, from a uniform sample
 * without replacement. The interval is the hull of two: Cox's for log-normal values (C. E. Land,
 * Technometrics 14, 1972), which is right where crate sizes are log-normal, and the bootstrap-t (B.
 * Efron, The Jackknife, the Bootstrap and Other Resampling Plans, 1982; P. Hall, Annals of
 * Statistics 16, 1988), which assumes no distribution. Neither accounts for values larger than the
 * whole sample, of which there is about one per sample size. Its upper bound includes their
 * expected contribution, from a Pareto tail ({@link meanAbove}), as in estimators of heavy-tailed
 * means (L. Peng, Statistics & Probability Letters 52, 2001; J. Johansson, Extremes 6, 2003). The
 * interval shrinks as the sample approaches the whole population.
 *
 * @param values not negative; some may be 0
 * @param random uniform in [0, 1)
 * @returns undefined for a sample that is too small, unless it is the whole population
 */
export function meanInterval(
  values: readonly number[],
  { count: population, largest }: Population,
  random: () => number,
): MeanInterval | undefined {
  const { mean, deviation } = momentsOf(values);
  if (values.length >= population) return values.length === 0 ? undefined : { mean, low: mean, high: mean };
  if (values.length < MIN_SAMPLE) return undefined;
  const left = Math.sqrt(1 - values.length / population);
  const cox = coxInterval(values, left);
  const bootstrap = bootstrapInterval(values, { mean, deviation, left, random });
  const least = (mean * values.length) / population;
  return {
    mean,
    low: Math.max(least, Math.min(mean, cox.low, bootstrap.low)),
    high: Math.max(mean, cox.high, bootstrap.high) + (left ** 2 * meanAbove(values, largest)) / values.length,
  };
}

interface Interval {
  readonly low: number;
  readonly high: number;
}

/** For the values above 0, multiplied by their share. */
function coxInterval(values: readonly number[], left: number): Interval {
  const logarithms = values.filter((value) => value > 0).map((value) => Math.log(value));
  const count = logarithms.length;
  if (count < 2) return { low: Number.POSITIVE_INFINITY, high: 0 };
  const { mean, deviation } = momentsOf(logarithms);
  const variance = deviation ** 2;
  const half = Z * left * Math.sqrt(variance / count + variance ** 2 / (2 * (count - 1)));
  const share = count / values.length;
  const middle = mean + variance / 2;
  return { low: share * Math.exp(middle - half), high: share * Math.exp(middle + half) };
}

interface Sampled {
  readonly mean: number;
  readonly deviation: number;
  readonly left: number;
  readonly random: () => number;
}

function bootstrapInterval(values: readonly number[], { mean, deviation, left, random }: Sampled): Interval {
  const scores: number[] = [];
  for (let i = 0; i < REPLICATES; i++) {
    const again = momentsOf(values, () => values[Math.floor(random() * values.length)] ?? 0);
    if (again.deviation > 0) scores.push((again.mean - mean) / again.deviation);
  }
  scores.sort((one, other) => one - other);
  const quantile = (share: number): number => scores[Math.floor(share * scores.length)] ?? 0;
  const scale = deviation * left;
  return { low: mean - quantile(0.975) * scale, high: mean - quantile(0.025) * scale };
}

/** @param pick returns the value at an index of the sample */
function momentsOf(
  values: readonly number[],
  pick: (index: number) => number = (index) => values[index] ?? 0,
): { mean: number; deviation: number } {
  let mean = 0;
  let squares = 0;
  // Welford's method, which stays precise for large and similar values.
  for (let i = 0; i < values.length; i++) {
    const value = pick(i);
    const off = value - mean;
    mean += off / (i + 1);
    squares += off * (value - mean);
  }
  return { mean, deviation: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)) };
}
