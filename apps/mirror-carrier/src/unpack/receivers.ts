import type { Logger } from '@crates-mirror/logging';
import type { UnpackOptions } from '../options.ts';
import { localRecord, type ReceivedRecord } from '../state/received.ts';
import type { CrateReceiver } from './crate-receiver.ts';
import { BundleReceiver } from './install-bundles.ts';
import { LooseReceiver } from './loose-files.ts';

/** Where parcels go. */
export interface Destination {
  readonly receiver: CrateReceiver;
  readonly record: ReceivedRecord;
}

/** The destination that the options select. The client of object stores is loaded for them alone. */
export async function destinationOf(options: UnpackOptions, logger: Logger): Promise<Destination> {
  const { mirror, bucket, bundlesDir, onRemoved } = options;
  if (bucket !== undefined) {
    const { StoreReceiver, storedRecord } = await import('./store/store-receiver.ts');
    const receiver = new StoreReceiver(bucket, options, logger);
    return { receiver, record: storedRecord(bucket, receiver) };
  }
  const receiver =
    bundlesDir === undefined
      ? new LooseReceiver(mirror, onRemoved === 'quarantine')
      : new BundleReceiver(mirror, bundlesDir, logger);
  return { receiver, record: localRecord(mirror) };
}
