import type { BucketPlace } from '@crates-mirror/bucket-mirror';
import type { SharedOptions } from '@crates-mirror/cli';
import type { DailyWindows } from '@crates-mirror/cli/daily-windows';
import type { DenyRule } from '@crates-mirror/denylist/denylist';
import type { ListenAddress } from '@crates-mirror/http-server';
import type { RunShard } from '@crates-mirror/layout/run-shard';
import type { MostRemovals } from '@crates-mirror/removals/limit';
import type { BackoffPolicy } from '@crates-mirror/retry';
import type { Asked, SelectionRules } from '@crates-mirror/selection/options';

/** The source of the targets. */
export type Source =
  | {
      readonly kind: 'index';
      readonly directory: string;
      /** Selects the versions to be mirrored. */
      readonly rules: SelectionRules;
      /** File that lists the only crates to consider; undefined for all. */
      readonly only: string | undefined;
    }
  | { readonly kind: 'list'; readonly file: string };

/** `only` keeps no loose copy, `add` keeps both. */
export type BundleMode = 'only' | 'add';

/** How crate files are bundled. */
export interface BundleOptions {
  readonly mode: BundleMode;
  /** Folder of the bundles. */
  readonly directory: string;
  /** maximum bytes of a bundle */
  readonly sizeLimit: number;
}

/** What happens to crate files that are no longer in the index or the selection. */
export interface RemovalOptions {
  readonly action: 'keep' | 'quarantine' | 'delete';
  readonly maxRemovals: MostRemovals;
  /** Whether to proceed without asking. */
  readonly isConfirmed: boolean;
}

/** How crate files are fetched. */
export interface TransferOptions {
  readonly cratesBaseUrl: string;
  /** Maximum number of concurrent requests; `auto` to adapt it to the connection. */
  readonly concurrency: number | 'auto';
  /** Maximum number of concurrent connections to all servers. */
  readonly maxConnections: number;
  /** Bytes of bodies per second; undefined for no limit. */
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

/** The validated options of a downloader run. */
export interface DownloaderOptions extends SharedOptions, TransferOptions {
  readonly source: Source;
  /**
   * The mirror's root directory. With a mirror in an object store, the directory for notes about it
   * and partial files, which may be lost.
   */
  readonly out: string;
  /** The mirror, if it is in an object store. */
  readonly bucket: BucketPlace | undefined;
  /** Refuse to create a new mirror or a new folder of bundles. */
  readonly requireExisting: boolean;
  /** Directory for the sample's index; undefined for a temporary one. */
  readonly sampleIndex: string | undefined;
  /** A layout's name or template. */
  readonly layout: string;
  readonly verifyExisting: boolean;
  /** Divisor of the share of existing files that is hashed too; undefined for none. */
  readonly scrub: number | undefined;
  /** Only explain why versions of a crate are selected or not; undefined for a normal run. */
  readonly explain: Asked | undefined;
  /** Only report what there is to do. */
  readonly dryRun: boolean;
  /** Number of crate files whose size a dry run requests from upstream; 0 for none. */
  readonly sizeSample: number;
  /** Determines the sample; undefined for a random one. */
  readonly sizeSeed: number | undefined;
  /** A checkout of RustSec's advisory database, for a dry run; undefined for none. */
  readonly advisories: string | undefined;
  /** Maximum number of crate files; 0 for all. */
  readonly limit: number;
  /** The share of the crates that this run mirrors; undefined for all. */
  readonly shard: RunShard | undefined;
  readonly manifest: string;
  readonly checksums: string | undefined;
  readonly removals: RemovalOptions;
  /** A denylist; undefined for none. */
  readonly deny: string | undefined;
  /** The rules of the denylist, once it has been read. */
  readonly denied: readonly DenyRule[];
  /** The version to restore, like `serde@1.0.0`; undefined for a run that mirrors. */
  readonly restore: string | undefined;
  /** undefined for loose files */
  readonly bundle: BundleOptions | undefined;
  /** Address for metrics and the status page; undefined to serve neither. */
  readonly listen: ListenAddress | undefined;
  /** File for the crates to retry, in the format of `source.only`. */
  readonly retryOut: string | undefined;
  /** File for all log lines, in addition to the normal output. */
  readonly logPath: string | undefined;
}
