import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import type { BackoffPolicy } from '@crates-mirror/retry';

/** Which downloader to run, and its arguments. */
export interface DownloaderCall {
  /** The user's own executable; undefined for the workspace's downloader. */
  readonly path: string | undefined;
  /** Everything except the selection of crates. */
  readonly args: readonly string[];
  /**
   * The arguments as the workspace's downloader parses them. Arguments after `--` for another
   * downloader are not included.
   */
  readonly options: DownloaderOptions;
  /** The arguments after `--`. */
  readonly extra: readonly string[];
}

/** The options of a run, fully validated. */
export interface ClonerOptions {
  readonly indexDir: string;
  readonly indexUrl: string;
  /** The mirror's directory, or the local directory of a mirror in an object store. */
  readonly outputDir: string;
  readonly isFullHistory: boolean;
  /** Whether a new clone has no working tree. */
  readonly isBare: boolean;
  /** For git's network operations. */
  readonly backoff: BackoffPolicy;
  readonly skipIndexUpdate: boolean;
  readonly indexOnly: boolean;
  readonly changesOut: string | undefined;
  /** Whether the downloader checks every crate. */
  readonly isFull: boolean;
  /** Whether to download without confirmation. */
  readonly yes: boolean;
  readonly isDryRun: boolean;
  readonly downloader: DownloaderCall;
}
