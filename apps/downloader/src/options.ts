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

/** What a lane needs to know; plain data, so that it can cross to a worker thread. `concurrency` is the lane's own. */
export interface LaneOptions extends Omit<DownloaderOptions, 'bundle'> {
  /** undefined for loose files */
  readonly bundling: LaneBundling | undefined;
  /** What was unchanged in the last run; undefined where everything is to be looked at. */
  readonly unchangedFile: string | undefined;
  /** Whether somebody looks at metrics. */
  readonly isWatched: boolean;
}
