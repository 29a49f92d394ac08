import type { BundleOptions, DownloaderOptions } from '@crates-mirror/downloader-options';

/** What a lane needs to know of bundles. */
export interface LaneBundling extends Pick<BundleOptions, 'mode' | 'directory'> {
  /** Bundles whose members count as mirrored. */
  readonly held: readonly string[];
  /** What the files of finished ones are called, by their ids. */
  readonly files: Readonly<Record<string, string>>;
  /** bytes of tar in a frame */
  readonly frameSize: number;
}

/** What a lane needs to know; plain data, so that it can cross to a worker thread. */
export interface LaneOptions extends Omit<DownloaderOptions, 'bundle' | 'concurrency'> {
  /** Requests of this lane under way at once, to begin with. */
  readonly concurrency: number;
  /** Whether that changes with what is measured. */
  readonly isAdaptive: boolean;
  /** Connections of this lane. */
  readonly maxConnections: number;
  /** undefined for loose files */
  readonly bundling: LaneBundling | undefined;
  /** What was unchanged in the last run; undefined where everything is to be looked at. */
  readonly unchangedFile: string | undefined;
  /** Whether crate files are only fetched and verified, to see how fast that is: nothing is written. */
  readonly isTrial: boolean;
  /** Whether somebody looks at metrics. */
  readonly isWatched: boolean;
}
