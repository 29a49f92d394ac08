import type { Cleanup } from '@crates-mirror/e2e/tools';
import type { Series } from './series.ts';

export interface SoakResult {
  readonly series: readonly Series[];
  /** Numbers of requests, files and answers, by what they count */
  readonly figures: Readonly<Record<string, number>>;
}

/** A tool under steady load. */
export interface Soak {
  readonly name: string;
  /** One line, for the plot. */
  readonly title: string;
  /** Loads the tool for some minutes. Throws if it fails under the load. */
  readonly run: (t: Cleanup, directory: string, minutes: number) => Promise<SoakResult>;
}

export const SAMPLE_EVERY_MS = 2000;
