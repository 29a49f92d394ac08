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
  /**
   * Locks the destination for this run.
   *
   * @throws UsageError if another run has locked it, or it cannot receive the parcels
   */
  open(parcels: readonly FoundParcel[], layout: Layout): Promise<void>;
  /**
   * Puts the crate files of a parcel in place. They are durable when this resolves.
   *
   * @throws FatalError
   */
  receive(parcel: FoundParcel, onReceived: (received: Received) => void): Promise<void>;
  /**
   * Publishes the index that was applied, where the destination has one of its own.
   *
   * @param stopped aborted if the user has requested a stop
   * @throws FatalError
   */
  publishIndex(parcel: FoundParcel, stopped: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
