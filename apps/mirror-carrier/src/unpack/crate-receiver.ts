import type { Layout } from '@crates-mirror/layout';
import type { FoundParcel } from '../parcel/find-parcels.ts';

/** What was done with some crate files. */
export interface Settled {
  readonly done: number;
  /** Those that were there before. */
  readonly existing: number;
  /** of the bundles or files that were written */
  readonly bytes: number;
}

/** Where the crate files of parcels go. */
export interface CrateReceiver {
  /** Looks whether it can take them; writes nothing. @throws UsageError */
  check(parcels: readonly FoundParcel[], layout: Layout): void;
  /** Takes the place for this run. @throws UsageError where another run has it */
  open(layout: Layout): void;
  /** Puts the crate files of a parcel in place; they are on disk when this returns. @throws FatalError */
  receive(parcel: FoundParcel, onSettled: (settled: Settled) => void): Promise<void>;
  close(): void;
}
