import type { Layout } from '@crates-mirror/layout';
import type { FoundParcel } from '../parcel/find-parcels.ts';

/** The outcome for some crate files. */
export interface Received {
  readonly done: number;
  /** Files that already existed. */
  readonly existing: number;
  /** Bytes of the bundles or files that were written. */
  readonly bytes: number;
}

/** The destination of the crate files in parcels. */
export interface CrateReceiver {
  /** Checks whether it can receive the parcels, without writing anything. @throws UsageError */
  check(parcels: readonly FoundParcel[], layout: Layout): void;
  /** Locks the destination for this run. @throws UsageError if another run has locked it */
  open(layout: Layout): void;
  /**
   * Puts the crate files of a parcel in place. They are durable on disk when this returns.
   *
   * @throws FatalError
   */
  receive(parcel: FoundParcel, onReceived: (received: Received) => void): Promise<void>;
  close(): void;
}
