import type { RecordError, Storage } from '@crates-mirror/manifest';

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
  /** bytes that its file has at most, else it is left out; undefined for any */
  readonly maxSize?: number | undefined;
  /** Whether its file is to be hashed where it is in place, whatever it looks like. */
  readonly isToVerify: boolean;
  /** ms since the epoch when work on it began; 0 before */
  startedAt: number;
  /** attempts after the first */
  retries: number;
  /** those of them that a broken connection made necessary */
  lostConnections: number;
  /** Whether a verified loose file can take the place of a download. */
  hasLooseCopy: boolean;
}

/** The outcomes by which the mirror holds a target's file. */
export type InPlace = 'downloaded' | 'existing' | 'verified_existing';

/** How a target ended whose file the mirror holds. */
export interface SettledInPlace {
  readonly status: InPlace;
  readonly size: number;
  /** Of a loose file that is as it was when it was verified. */
  readonly mtimeMs?: number;
  readonly sha256: string;
  readonly storage: Storage;
  /** Id of the bundle that holds it. */
  readonly bundle: string | null;
  /** Its loose file was removed, since a bundle holds it. */
  readonly isMoved?: boolean;
}

/** How a target ended. */
export type Settlement =
  | SettledInPlace
  | {
      readonly status: 'too_large';
      /** bytes, or as many as were received of a body whose length nobody told */
      readonly size: number;
      readonly error: RecordError;
    }
  | { readonly status: 'missing_upstream' | 'error'; readonly error: RecordError };
