import { resolve } from 'node:path';
import { fileSystemOf } from '@crates-mirror/fs-atomic/file-system';
import { formatBytes } from '@crates-mirror/progress';

/**
 * The line with which a run says that it begins something: what is on the wrong file system shows before it has filled that.
 *
 * @param what `mirror`, for instance
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
    // Nothing depends on it.
    return '';
  }
}
