import { memberHeader } from '@crates-mirror/tar';

/** The largest number in eleven octal digits, the size field of a ustar header. */
const MAX_SIZE = 8 ** 11 - 1;

/**
 * The header of a regular file with mode 0644, unnamed owner and group 0, and mtime 0, so that
 * equal input gives equal bytes. Its length is a multiple of 512 bytes: one block, or at least
 * three if the path needs a pax header.
 *
 * @param path relative, with `/`
 * @param size bytes, less than 8 GiB
 */
export function tarHeader(path: string, size: number): Buffer {
  if (size > MAX_SIZE) throw new RangeError(`${path}: ${size} bytes are too many for a tar header`);
  return memberHeader({ path: Buffer.from(path), type: 'file', size, mode: 0o644, mtime: 0 });
}
