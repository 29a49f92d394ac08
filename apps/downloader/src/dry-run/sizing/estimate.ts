import { meanInterval, seededRandom } from '@crates-mirror/sampling';
import type { Sizes } from './size-requests.ts';

/** The upload limit of crates.io in bytes; there are exceptions. */
const MAX_USUAL = 10 << 20;

/** Bytes that a run would download. */
export interface ByteEstimate {
  readonly bytes: number;
  /** Lower bound of the 95 % interval. */
  readonly low: number;
  readonly high: number;
}

/** Estimate of the total from a sample. */
export interface Sizing extends Sizes {
  readonly seed: number;
  /** Undefined if too few sizes are known for an estimate. */
  readonly estimate: ByteEstimate | undefined;
}

/**
 * @param unknown number of crate files of unknown size
 * @param known total bytes of those of known size
 */
export function estimateBytes(
  sizes: readonly number[],
  unknown: number,
  known: number,
  seed: number,
): ByteEstimate | undefined {
  if (unknown === 0) return { bytes: known, low: known, high: known };
  const interval = meanInterval(sizes, { count: unknown, largest: MAX_USUAL }, seededRandom(seed));
  if (interval === undefined) return undefined;
  const total = (mean: number): number => Math.round(known + unknown * mean);
  return { bytes: total(interval.mean), low: total(interval.low), high: total(interval.high) };
}
