import type { SharedOptions } from '@crates-mirror/cli';
import type { DailyWindows } from '@crates-mirror/cli/daily-windows';
import type { DenyRule } from '@crates-mirror/denylist/denylist';
import type { ListenAddress } from '@crates-mirror/http-server';
import type { MostRemovals } from '@crates-mirror/removals/limit';
import type { BackoffPolicy } from '@crates-mirror/retry';
import type { Asked, SelectionRules } from '@crates-mirror/selection/options';

/** Where the targets come from. */
export type Source =
  | {
      readonly kind: 'index';
      readonly directory: string;
      /** Which versions are to be mirrored. */
      readonly rules: SelectionRules;
      /** File that names the crates to look at; undefined for all. */
      readonly only: string | undefined;
    }
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

/** What becomes of crate files that the index or the selection no longer names. */
export interface RemovalOptions {
  readonly action: 'keep' | 'quarantine' | 'delete';
  readonly maxRemovals: MostRemovals;
  /** Whether nobody is asked. */
  readonly isConfirmed: boolean;
}

/** How crate files are fetched. */
export interface TransferOptions {
  readonly cratesBaseUrl: string;
  /** Requests under way at once; `auto` where that is to follow the line. */
  readonly concurrency: number | 'auto';
  /** Connections at once, wherever they lead. */
  readonly maxConnections: number;
  /** Of bodies, bytes/s; undefined for no limit. */
  readonly limitRate: number | undefined;
  /** When requests may be sent; undefined for always. */
  readonly window: DailyWindows | undefined;
  readonly backoff: BackoffPolicy;
  readonly userAgent: string;
  /** PEM */
  readonly ca: string | undefined;
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly attemptTimeoutMs: number;
}

/** What a run of the downloader is told, fully validated. */
export interface DownloaderOptions extends SharedOptions, TransferOptions {
  readonly source: Source;
  /** The mirror's root directory. */
  readonly out: string;
  /** Refuse to begin a new mirror, or a new folder of bundles. */
  readonly requireExisting: boolean;
  /** Where the sample's index is kept; undefined for a temporary directory. */
  readonly sampleIndex: string | undefined;
  /** A layout's name or template. */
  readonly layout: string;
  readonly verifyExisting: boolean;
  /** Hash every so manieth part of what is in place, too; undefined for none. */
  readonly scrub: number | undefined;
  /** Only tell why versions of a crate are selected or not; undefined for a run. */
  readonly explain: Asked | undefined;
  /** Only tell what there is to do. */
  readonly dryRun: boolean;
  /** Crate files whose size a dry run asks upstream for; 0 for none. */
  readonly sizeSample: number;
  /** Determines which; undefined for chance. */
  readonly sizeSeed: number | undefined;
  /** A checkout of RustSec's advisory database, for a dry run; undefined for none. */
  readonly advisories: string | undefined;
  /** Crate files at most; 0 is all. */
  readonly limit: number;
  readonly manifest: string;
  readonly checksums: string | undefined;
  readonly removals: RemovalOptions;
  /** A denylist; undefined for none. */
  readonly deny: string | undefined;
  /** Its rules, once it was read. */
  readonly denied: readonly DenyRule[];
  /** `serde@1.0.0`, which is to be restored; undefined for a run that mirrors. */
  readonly restore: string | undefined;
  /** undefined for loose files */
  readonly bundle: BundleOptions | undefined;
  /** Where metrics and the status page are served; undefined for nowhere. */
  readonly listen: ListenAddress | undefined;
  /** Gets the crates to try again, in the format of `source.only`. */
  readonly retryOut: string | undefined;
  /** Gets every log line too. */
  readonly logPath: string | undefined;
}
