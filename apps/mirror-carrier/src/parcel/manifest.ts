import type { NewCatalogEntry } from '@crates-mirror/bundle';

/** What names a parcel's manifest and the documents that go with it. */
export const FORMAT_VERSION = 1;
export const PARCEL_KIND = 'crates-mirror parcel';

/** What a file of a parcel is for. */
export type FileKind =
  | 'bundle'
  | 'bundle-manifest'
  | 'bundle-sums'
  | 'index'
  | 'index-removed'
  | 'not-held'
  | 'tools';

export interface ParcelFile {
  readonly kind: FileKind;
  /** Within its volume. */
  readonly name: string;
  /** bytes */
  readonly size: number;
  /** lower-case hex */
  readonly sha256: string;
}

/** What fits onto one medium. */
export interface Volume {
  readonly files: readonly ParcelFile[];
}

/** One state of an index. */
export interface IndexState {
  /** `tree:` and the id of a git tree, or `files:` and a SHA-256 over paths and contents. */
  readonly id: string;
  /** How many files it has. */
  readonly files: number;
}

export interface ParcelTotals {
  readonly crate_files: number;
  /** bytes */
  readonly crate_bytes: number;
  /** Files that are new or have other content, written whole. */
  readonly index_files: number;
  readonly index_files_removed: number;
  /** Versions that the index names and the sender does not hold: a later parcel may have their crate files. */
  readonly not_held: number;
}

/** `parcel.json`: what a parcel is, and all that is in it. */
export interface ParcelManifest {
  readonly format_version: number;
  readonly kind: typeof PARCEL_KIND;
  /** Of the sending mirror: a UUID. */
  readonly mirror_id: string;
  /** 1 for the first parcel of a chain. */
  readonly sequence: number;
  /** SHA-256 of the manifest of the parcel that this one goes on from; null for the first. */
  readonly parent: string | null;
  /** ISO 8601, UTC */
  readonly packed_at: string;
  /** How the crate files are laid out, as a mirror's marker has it. */
  readonly layout: string;
  /** What the receiver's index has to be before; null for the first. */
  readonly index_before: IndexState | null;
  readonly index_after: IndexState;
  /** The number of the first bundle of the next parcel. */
  readonly next_bundle: number;
  /** bytes that a volume has at most; 0 for one of any size */
  readonly volume_size: number;
  readonly totals: ParcelTotals;
  readonly volumes: readonly Volume[];
  /** Lines for the receiver's catalog of bundles. */
  readonly bundles: readonly NewCatalogEntry[];
}

export function encodeManifest(manifest: ParcelManifest): Buffer {
  return Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`);
}
