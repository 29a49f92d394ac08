import type { NewCatalogEntry } from '@crates-mirror/bundle';

/** Version of the format of a parcel's manifest, and of the documents that belong to it. */
export const FORMAT_VERSION = 1;
export const PARCEL_KIND = 'crates-mirror parcel';

/** The purpose of a file in a parcel. */
export type FileKind =
  | 'bundle'
  | 'bundle-manifest'
  | 'bundle-sums'
  | 'index'
  | 'index-removed'
  | 'not-held'
  | 'removals'
  | 'sidecars'
  | 'sidecars-removed'
  | 'tools';

export interface ParcelFile {
  readonly kind: FileKind;
  /** Relative to its volume. */
  readonly name: string;
  /** bytes */
  readonly size: number;
  /** lower-case hex */
  readonly sha256: string;
}

export type SidecarScope = 'all' | 'changes';

/** The files for one medium. */
export interface Volume {
  readonly files: readonly ParcelFile[];
}

/** One state of an index. */
export interface IndexState {
  /** `tree:` and the id of a git tree, or `files:` and a SHA-256 over paths and contents. */
  readonly id: string;
  /** Number of files. */
  readonly files: number;
}

export interface ParcelTotals {
  readonly crate_files: number;
  /** bytes */
  readonly crate_bytes: number;
  /** Files that are new or have changed, written whole. */
  readonly index_files: number;
  readonly index_files_removed: number;
  /**
   * Versions that the index names and the sender does not hold. A later parcel may contain their
   * crate files.
   */
  readonly not_held: number;
  /** Crate files that the sender no longer mirrors; absent in parcels of early versions. */
  readonly removals?: number;
  /** Sidecars that are new or have changed; absent in parcels without them. */
  readonly sidecars?: number;
  readonly sidecars_removed?: number;
}

/** `parcel.json`: describes a parcel and lists all its files. */
export interface ParcelManifest {
  readonly format_version: number;
  readonly kind: typeof PARCEL_KIND;
  /** UUID of the sending mirror. */
  readonly mirror_id: string;
  /** 1 for the first parcel of a chain. */
  readonly sequence: number;
  /** SHA-256 of the manifest of the parcel from which this one continues; null for the first. */
  readonly parent: string | null;
  /** ISO 8601, UTC */
  readonly packed_at: string;
  /** The layout of the crate files, as in a mirror's marker. */
  readonly layout: string;
  /** The state that the receiver's index must have before unpacking; null for the first parcel. */
  readonly index_before: IndexState | null;
  readonly index_after: IndexState;
  /** The number of the first bundle of the next parcel. */
  readonly next_bundle: number;
  /** Maximum bytes of a volume; 0 for one volume of any size. */
  readonly volume_size: number;
  readonly totals: ParcelTotals;
  /** Whether the parcel has all of the sender's sidecars, or what has changed; absent without any. */
  readonly sidecars?: SidecarScope;
  readonly volumes: readonly Volume[];
  /** Lines for the receiver's catalog of bundles. */
  readonly bundles: readonly NewCatalogEntry[];
}

export function encodeManifest(manifest: ParcelManifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`);
}
