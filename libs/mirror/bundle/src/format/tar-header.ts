import { memberHeader } from '@crates-mirror/tar';

/** What eleven octal digits of a ustar header hold. */
const MAX_SIZE = 8 ** 11 - 1;

/**
 * The header of a regular file with mode 0644, owner and group 0 without names, and mtime 0, so that equal input gives
 * equal bytes. Its length is a multiple of 512 bytes: one block, or three and more where a path needs a pax header.
 *
 * @param path relative, with `/`
 * @param size bytes, less than 8 GiB
 */
export function tarHeader(path: string, size: number): Buffer {
  if (size > MAX_SIZE) throw new RangeError(`${path}: ${size} bytes are too many for a tar header`);
  return memberHeader({ path: Buffer.from(path), type: 'file', size, mode: 0o644, mtime: 0 });
}
