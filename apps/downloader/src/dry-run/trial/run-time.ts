import type { ByteEstimate } from '../sizing/estimate.ts';
import type { MeasuredRate } from './rate-meter.ts';

/** How long a run takes at a measured rate, ms. */
export interface RunTime {
  readonly ms: number;
  /** With the bounds of the bytes. */
  readonly low: number;
  readonly high: number;
}

/**
 * Long lines and busy processors take so many files a second, narrow lines so many bytes: what takes longer counts.
 *
 * @param files to download
 */
export function runTime(rate: MeasuredRate, { bytes, low, high }: ByteEstimate, files: number): RunTime {
  const ofFiles = files / rate.filesPerSecond;
  const of = (size: number): number => 1000 * Math.max(ofFiles, size / rate.bytesPerSecond);
  return { ms: of(bytes), low: of(low), high: of(high) };
}
