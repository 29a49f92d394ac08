import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import type { BackoffPolicy } from '@crates-mirror/retry';

/** Where the downloader comes from, and what it is told. */
export interface DownloaderCall {
  /** The user's own executable; undefined for the workspace's. */
  readonly path: string | undefined;
  /** Everything but the selection of crates. */
  readonly args: readonly string[];
  /** The same as the workspace's downloader understands it. What follows `--` for another one is not in it. */
  readonly options: DownloaderOptions;
  /** What follows `--`. */
  readonly extra: readonly string[];
}

/** What a run is told, fully validated. */
export interface ClonerOptions {
  readonly indexDir: string;
  readonly indexUrl: string;
  readonly outputDir: string;
  readonly isFullHistory: boolean;
  /** A new clone is to have no working tree. */
  readonly isBare: boolean;
  /** Of git's network. */
  readonly backoff: BackoffPolicy;
  readonly skipIndexUpdate: boolean;
  readonly indexOnly: boolean;
  readonly changesOut: string | undefined;
  /** Have the downloader look at every crate. */
  readonly isFull: boolean;
  /** Download without asking. */
  readonly yes: boolean;
  readonly isDryRun: boolean;
  readonly downloader: DownloaderCall;
}
