import type { WritableBucket } from '@crates-mirror/bucket-writer';
import type { BundleOptions, DownloaderOptions } from '@crates-mirror/downloader-options';

/** The bundle options that a lane needs. */
export interface LaneBundling extends Pick<BundleOptions, 'mode' | 'directory'> {
  /** Bundles whose members count as mirrored. */
  readonly held: readonly string[];
  /** File names of the finished bundles, by bundle id. */
  readonly files: Readonly<Record<string, string>>;
  /** Bytes of tar in a frame. */
  readonly frameSize: number;
}

/** The options that a lane needs, as plain data that can be sent to a worker thread. */
export interface LaneOptions extends Omit<DownloaderOptions, 'bundle' | 'bucket' | 'concurrency'> {
  /** Initial number of concurrent requests of this lane. */
  readonly concurrency: number;
  /** Whether the number of concurrent requests adapts to measurements. */
  readonly isAdaptive: boolean;
  /** Maximum number of connections of this lane. */
  readonly maxConnections: number;
  /** Undefined for a mirror in a directory. */
  readonly bucket: WritableBucket | undefined;
  /** Undefined for loose files. */
  readonly bundling: LaneBundling | undefined;
  /** File listing what was unchanged in the last run; undefined if everything is to be checked. */
  readonly unchangedFile: string | undefined;
  /** Whether crate files are only fetched and verified to measure the speed. Nothing is written. */
  readonly isTrial: boolean;
  /** Whether metrics are being served. */
  readonly isWatched: boolean;
}
