import type { ByteEstimate } from '../sizing/estimate.ts';
import type { MeasuredRate } from './rate-meter.ts';

/** Expected duration of a run at a measured rate, in ms. */
export interface RunTime {
  readonly ms: number;
  /** Derived from the lower and upper bounds of the bytes. */
  readonly low: number;
  readonly high: number;
}

/**
 * On fast lines and busy processors the rate of files is the limit, on slow lines the rate of
 * bytes. The longer of the two durations applies.
 *
 * @param files number of files to download
 */
export function runTime(rate: MeasuredRate, { bytes, low, high }: ByteEstimate, files: number): RunTime {
  const ofFiles = files / rate.filesPerSecond;
  const of = (size: number): number => 1000 * Math.max(ofFiles, size / rate.bytesPerSecond);
  return { ms: of(bytes), low: of(low), high: of(high) };
}
