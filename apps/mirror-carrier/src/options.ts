import type { BucketPlace } from '@crates-mirror/bucket-mirror';
import type { SharedOptions } from '@crates-mirror/cli';
import type { MostRemovals } from '@crates-mirror/removals/limit';
import type { Asked, SelectionRules } from '@crates-mirror/selection/options';
import type { SigningOptions } from '@crates-mirror/signing/options';

export interface PackOptions extends SharedOptions, SigningOptions {
  readonly mirror: string;
  readonly bundlesDir: string | undefined;
  readonly indexDir: string;
  /** Destination of the parcel. */
  readonly to: string;
  /** See findBase. */
  readonly since: string | undefined;
  /** bytes; 0 for one volume of any size */
  readonly volumeSize: number;
  readonly allowMassRemoval: boolean;
  /** The volume of the last parcel to pack again; undefined for a new parcel. */
  readonly again: number | undefined;
  /** Directory of sidecars to include; undefined for none. */
  readonly sidecars: string | undefined;
  /** Path of the denylist. */
  readonly deny: string | undefined;
  /** undefined: everything that the mirror holds is packed */
  readonly rules: SelectionRules | undefined;
  /** Only explain why versions of a crate are packed or not; undefined for a normal run. */
  readonly explain: Asked | undefined;
  /** Path of the archive of the tools to include, or `own`; see findTools. */
  readonly withTools: string | undefined;
}

export interface UnpackOptions extends SharedOptions {
  /** A parcel, or a directory of parcels. */
  readonly from: string;
  /** Its directory. For a mirror in an object store, a local directory that may be lost. */
  readonly mirror: string;
  /** The mirror, if it is in an object store. */
  readonly bucket: BucketPlace | undefined;
  readonly indexDir: string;
  /** Directory in which crate files stay in bundles; undefined to unpack them as loose files. */
  readonly bundlesDir: string | undefined;
  /** Directory for sidecars; undefined to leave them out. */
  readonly sidecars: string | undefined;
  /** Files of public keys; empty if parcels need not be signed. */
  readonly trust: readonly string[];
  readonly git: boolean;
  readonly receiptOut: string | undefined;
  readonly allowMassRemoval: boolean;
  /** What happens to crate files that the sender no longer mirrors. */
  readonly onRemoved: 'keep' | 'quarantine' | 'delete';
  readonly maxRemovals: MostRemovals;
  /** Whether crate files are deleted without a question. */
  readonly isConfirmed: boolean;
}

export interface VerifyOptions extends SharedOptions {
  readonly from: string;
  /** Files of public keys; empty if signatures are not checked. */
  readonly trust: readonly string[];
}

export interface StatusOptions extends SharedOptions {
  readonly mirror: string;
  /** A parcel, or a directory of parcels, to compare with. */
  readonly from: string | undefined;
  readonly receiptOut: string | undefined;
}

/** The mirror as messages name it: its directory or `s3://bucket/prefix`. */
export function mirrorName({ mirror, bucket }: Pick<UnpackOptions, 'mirror' | 'bucket'>): string {
  return bucket?.name ?? mirror;
}
