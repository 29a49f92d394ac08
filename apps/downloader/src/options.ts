import type { SharedOptions } from '@crates-mirror/cli';
import type { BackoffPolicy } from '@crates-mirror/retry';

/** Where the targets come from. */
export type Source =
  | { readonly kind: 'index'; readonly directory: string; readonly includeYanked: boolean }
  | { readonly kind: 'list'; readonly file: string };

/** Everything a lane needs to know; plain data, so that it can cross to a worker thread. */
export interface LaneOptions {
  readonly source: Source;
  /** The mirror's root directory. */
  readonly out: string;
  /** A layout's name or template. */
  readonly layout: string;
  readonly cratesBaseUrl: string;
  readonly verifyExisting: boolean;
  /** Requests under way at once in this lane. */
  readonly concurrency: number;
  readonly backoff: BackoffPolicy;
  readonly userAgent: string;
  /** PEM */
  readonly ca: string | undefined;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly attemptTimeoutMs: number;
}

/** What a run is told, fully validated. */
export interface DownloaderOptions extends SharedOptions, Omit<LaneOptions, 'concurrency'> {
  /** Requests under way at once, all lanes together. */
  readonly concurrency: number;
  /** Crate files at most; 0 is all. */
  readonly limit: number;
  readonly manifest: string;
  readonly checksums: string | undefined;
}
