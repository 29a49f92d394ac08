import type { RecordError } from '@crates-mirror/manifest';

/** One crate file to mirror: what to fetch and where it goes. */
export interface Target {
  readonly name: string;
  readonly version: string;
  /** lower-case hex; undefined where neither index nor --checksums knows it */
  readonly sha256: string | undefined;
  readonly url: string;
  readonly origin: string;
  /** Below the mirror's root, with `/`. */
  readonly path: string;
  /** The shard of the ledger that knows this file. */
  readonly shard: string;
  /** ms since the epoch when work on it began; 0 before */
  startedAt: number;
  /** attempts after the first */
  retries: number;
  /** those of them that a broken connection made necessary */
  lostConnections: number;
}

/** How a target ended. */
export type Settlement =
  | {
      readonly status: 'downloaded' | 'existing' | 'verified_existing';
      readonly size: number;
      readonly sha256: string;
    }
  | { readonly status: 'missing_upstream' | 'error'; readonly error: RecordError };
