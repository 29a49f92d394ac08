import { resolve } from 'node:path';
import { fileSystemOf } from '@crates-mirror/fs-atomic/file-system';
import type { Logger } from '@crates-mirror/logging';
import { formatBytes } from '@crates-mirror/progress';
import type { NewPlace } from './open-mirror.ts';

/** Logs where a run begins something new: a mirror on the wrong file system shows before it has filled that. */
export function logNewPlaces(places: readonly NewPlace[], logger: Logger): void {
  for (const { what, root } of places)
    logger.info(`new ${what} at ${resolve(root)}${describeFileSystem(root)}`);
}

/** `, on / (ext4) with 79.9 GB free` */
function describeFileSystem(root: string): string {
  try {
    const { free, mount } = fileSystemOf(root);
    const where = mount === undefined ? '' : `, on ${mount.point} (${mount.type})`;
    return `${where} with ${formatBytes(free)} free`;
  } catch {
    // Nothing depends on it.
    return '';
  }
}
