import { join } from 'node:path';
import { HOME_DIRECTORY } from '@crates-mirror/layout';

/** The paths inside a mirror for its records of parcels. */
export interface CarrierHome {
  readonly directory: string;
  /** Lock for packing. Unpacking writes crate files, and takes the mirror's own lock. */
  readonly lockFile: string;
  /** The id that identifies the parcels of this mirror. */
  readonly identityFile: string;
  /** What this mirror has received: see {@link Received}. */
  readonly receivedFile: string;
  /** For every parcel that was packed, the data that the next one needs. */
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
