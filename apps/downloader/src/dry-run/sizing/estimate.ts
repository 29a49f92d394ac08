import { meanInterval, seededRandom } from '@crates-mirror/sampling';
import type { Sizes } from './size-requests.ts';

/** crates.io's limit for uploads, bytes, with exceptions. */
const MAX_USUAL = 10 << 20;

/** What a run would download, bytes. */
export interface ByteEstimate {
  readonly bytes: number;
  /** The 95 % interval. */
  readonly low: number;
  readonly high: number;
}

/** What a sample says of all. */
export interface Sizing extends Sizes {
  readonly seed: number;
  /** undefined where too few sizes are known to tell */
  readonly estimate: ByteEstimate | undefined;
}

/** @param unknown crate files of unknown size. @param known bytes of those of known size */
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
