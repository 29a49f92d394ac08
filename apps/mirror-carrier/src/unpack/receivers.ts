import type { Logger } from '@crates-mirror/logging';
import type { UnpackOptions } from '../options.ts';
import type { CrateReceiver } from './crate-receiver.ts';
import { BundleReceiver } from './install-bundles.ts';
import { LooseReceiver } from './loose-files.ts';

/** The receiver of crate files that the options select. */
export function receiverOf({ mirror, bundlesDir, onRemoved }: UnpackOptions, logger: Logger): CrateReceiver {
  return bundlesDir === undefined
    ? new LooseReceiver(mirror, onRemoved === 'quarantine')
    : new BundleReceiver(mirror, bundlesDir, logger);
}
