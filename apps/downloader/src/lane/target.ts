import type { RecordError, Storage } from '@crates-mirror/manifest';

/** A crate file to mirror: what to fetch and where to store it. */
export interface Target {
  readonly name: string;
  readonly version: string;
  /** Lower-case hex; undefined if neither the index nor --checksums contains it. */
  readonly sha256: string | undefined;
  readonly url: string;
  readonly origin: string;
  /** Path below the mirror's root, with `/`. */
  readonly path: string;
  /** The ledger shard that contains this file. */
  readonly shard: string;
  /** Maximum size of its file in bytes; a larger file is left out. Undefined for no limit. */
  readonly maxSize?: number | undefined;
  /** Whether a file in place must be hashed even if it looks unchanged. */
  readonly isToVerify: boolean;
  /** When work on it began, in ms since the epoch; 0 before. */
  startedAt: number;
  /** Number of attempts after the first. */
  retries: number;
  /** The number of these caused by a broken connection. */
  lostConnections: number;
  /** Whether a verified loose file can replace a download. */
  hasLooseCopy: boolean;
}

/** The outcomes after which the mirror holds a target's file. */
export type InPlace = 'downloaded' | 'existing' | 'verified_existing';

/** The outcome of a target whose file the mirror holds. */
export interface OutcomeInPlace {
  readonly status: InPlace;
  readonly size: number;
  /** Set for a loose file that is unchanged since its verification. */
  readonly mtimeMs?: number;
  readonly sha256: string;
  readonly storage: Storage;
  /** Id of the bundle that holds it. */
  readonly bundle: string | null;
  /** Whether its loose file was removed because a bundle holds it. */
  readonly isMoved?: boolean;
}

/** The outcome of a target. */
export type Outcome =
  | OutcomeInPlace
  | {
      readonly status: 'too_large';
      /** In bytes. If the length is unknown, the number of bytes received. */
      readonly size: number;
      readonly error: RecordError;
    }
  | { readonly status: 'missing_upstream' | 'error'; readonly error: RecordError };
