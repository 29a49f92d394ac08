import { resolve } from 'node:path';
import { fileSystemOf } from '@crates-mirror/fs-atomic/file-system';
import { formatBytes } from '@crates-mirror/progress';

/**
 * The message of a run that starts something new. It shows the file system, so that a wrong one is
 * noticed before it is full.
 *
 * @param what for instance `mirror`
 */
export function describeNewPlace(what: string, root: string): string {
  return `new ${what} at ${resolve(root)}${describeFileSystem(root)}`;
}

/** `, on / (ext4) with 79.9 GB free` */
function describeFileSystem(root: string): string {
  try {
    const { free, mount } = fileSystemOf(root);
    const where = mount === undefined ? '' : `, on ${mount.point} (${mount.type})`;
    return `${where} with ${formatBytes(free)} free`;
  } catch {
    // This part of the message is optional.
    return '';
  }
}
