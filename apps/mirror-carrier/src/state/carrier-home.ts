import { join } from 'node:path';
import { HOME_DIRECTORY } from '@crates-mirror/layout';

/** The places inside a mirror where its parcels are remembered. */
export interface CarrierHome {
  readonly directory: string;
  /** Of who packs; who unpacks writes crate files, and holds the mirror's own lock. */
  readonly lockFile: string;
  /** The id by which parcels of this mirror are known. */
  readonly identityFile: string;
  /** What this mirror has received: see {@link Received}. */
  readonly receivedFile: string;
  /** Of every parcel that was packed, what the next one needs. */
  readonly packedDirectory: string;
  /** The name of the parcel packed last. */
  readonly lastPackedFile: string;
}

export function carrierHome(mirror: string): CarrierHome {
  const directory = join(mirror, HOME_DIRECTORY, 'carrier');
  return {
    directory,
    lockFile: join(mirror, HOME_DIRECTORY, 'carrier.lock'),
    identityFile: join(directory, 'mirror.json'),
    receivedFile: join(directory, 'received.json'),
    packedDirectory: join(directory, 'packed'),
    lastPackedFile: join(directory, 'last-packed.json'),
  };
}
