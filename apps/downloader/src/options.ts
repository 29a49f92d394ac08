import type { SharedOptions } from '@crates-mirror/cli';
import type { ListenAddress } from '@crates-mirror/http-server';
import type { BackoffPolicy } from '@crates-mirror/retry';

/** Where the targets come from. */
export type Source =
  | { readonly kind: 'index'; readonly directory: string; readonly includeYanked: boolean }
  | { readonly kind: 'list'; readonly file: string };

/** `only` keeps no loose copy, `add` keeps both. */
export type BundleMode = 'only' | 'add';

/** How crate files are bundled. */
export interface BundleOptions {
  readonly mode: BundleMode;
  /** Where the bundles are. */
  readonly directory: string;
  /** bytes that a bundle has at most */
  readonly sizeLimit: number;
}

/** What a lane needs to know of bundles. */
export interface LaneBundling extends Pick<BundleOptions, 'mode' | 'directory'> {
  /** Bundles whose members count as mirrored. */
  readonly held: readonly string[];
  /** bytes of tar in a frame */
  readonly frameSize: number;
}

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
  /** undefined for loose files */
  readonly bundling: LaneBundling | undefined;
  /** Whether somebody looks at metrics. */
  readonly isWatched: boolean;
}

/** What a run is told, fully validated. */
export interface DownloaderOptions
  extends SharedOptions,
    Omit<LaneOptions, 'concurrency' | 'bundling' | 'isWatched'> {
  /** Requests under way at once, all lanes together. */
  readonly concurrency: number;
  /** Crate files at most; 0 is all. */
  readonly limit: number;
  readonly manifest: string;
  readonly checksums: string | undefined;
  /** undefined for loose files */
  readonly bundle: BundleOptions | undefined;
  /** Where metrics and the status page are served; undefined for nowhere. */
  readonly listen: ListenAddress | undefined;
}
