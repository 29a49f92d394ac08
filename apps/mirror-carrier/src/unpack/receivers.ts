import type { Logger } from '@crates-mirror/logging';
import type { UnpackOptions } from '../options.ts';
import type { CrateReceiver } from './crate-receiver.ts';
import { BundleReceiver } from './install-bundles.ts';
import { LooseReceiver } from './loose-files.ts';

/** What takes the crate files, as the user wants it. */
export function receiverOf({ mirror, bundlesDir }: UnpackOptions, logger: Logger): CrateReceiver {
  return bundlesDir === undefined
    ? new LooseReceiver(mirror)
    : new BundleReceiver(mirror, bundlesDir, logger);
}
