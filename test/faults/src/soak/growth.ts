import type { Point, Series } from './series.ts';

/** What is said of a series, and whether it has grown. */
export interface Growth {
  readonly text: string;
  readonly hasGrown: boolean;
}

/** Growth from the second quarter's median to the last one's that counts as none. */
const TOLERATED = {
  // Free lists of allocators and the slack of V8's heap fill slowly: live memory tells of leaks.
  'resident memory': { share: 0.1, more: 10 },
  descriptors: { share: 0.1, more: 5 },
  threads: { share: 0, more: 1 },
} as const;

/** Of live memory, in an hour */
const TOLERATED_TREND = 0.05;
/** Of the points, for caches that fill */
const WARM_UP = 0.4;

/**
 * Judges a soak. Live memory has grown if the line through its points after the warm-up rises by
 * more than 5 % an hour, beyond two standard errors. Anything else is judged by medians of quarters.
 *
 * @param series at least eight points
 */
export function growthOf({ name, unit, points }: Series): Growth {
  if (name === 'live memory') return trendOf(points);
  const values = points.map(({ value }) => value);
  const quarter = Math.floor(values.length / 4);
  const early = median(values.slice(quarter, 2 * quarter));
  const late = median(values.slice(3 * quarter));
  const { share, more } = TOLERATED[name];
  const numbers = [early, late, Math.max(...values)].map((value) => value.toFixed(0));
  const text = `${numbers[0]} in the second quarter, ${numbers[1]} in the last, at most ${numbers[2]} ${unit}`;
  return { text: text.trimEnd(), hasGrown: late > early * (1 + share) + more };
}

function trendOf(points: readonly Point[]): Growth {
  const warm = points.slice(Math.floor(points.length * WARM_UP));
  const { slope, error } = lineThrough(warm);
  const middle = median(warm.map(({ value }) => value));
  const [hourly, uncertain] = [slope * 3600, 2 * error * 3600];
  const text = `${middle.toFixed(1)} MB, ${hourly.toFixed(1)} ± ${uncertain.toFixed(1)} MB more in an hour`;
  return { text, hasGrown: hourly - uncertain > TOLERATED_TREND * middle };
}

/** Least squares. @returns the slope per second and its standard error */
export function lineThrough(points: readonly Point[]): { slope: number; error: number } {
  const count = points.length;
  const mean = (of: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / count;
  const at = mean((point) => point.at);
  const value = mean((point) => point.value);
  const spread = mean((point) => (point.at - at) ** 2) * count;
  const slope = (mean((point) => (point.at - at) * (point.value - value)) * count) / spread;
  const rest = mean((point) => (point.value - value - slope * (point.at - at)) ** 2) * count;
  return { slope, error: Math.sqrt(rest / (count - 2) / spread) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
