/** POSIX.1-1988 (ustar) and, for paths it cannot hold, POSIX.1-2001 (pax); see tar(5) of libarchive. */
const BLOCK = 512;
const NAME_SIZE = 100;
const PREFIX_SIZE = 155;
const MODE = 0o644;
const LARGEST_SIZE = 8 ** 11 - 1;

/** Two blocks of zeros end an archive. */
export const END_OF_ARCHIVE: Buffer = Buffer.alloc(2 * BLOCK);

/** Zeros that follow a member's content up to the next block. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/**
 * The header of a regular file with mode 0644, owner and group 0 without names, and mtime 0, so that equal input gives
 * equal bytes. Its length is a multiple of 512 bytes: one block, or three and more where a path needs a pax header.
 *
 * @param path relative, with `/`
 * @param size bytes, less than 8 GiB
 */
export function tarHeader(path: string, size: number): Buffer {
  if (size > LARGEST_SIZE) throw new RangeError(`${path}: ${size} bytes are too many for a tar header`);
  const split = splitPath(path);
  if (split !== undefined) return ustarHeader(split, size, '0');
  const record = paxRecord('path', path);
  const content = Buffer.alloc(record.length + paddingOf(record.length));
  record.copy(content);
  const shown = path.replaceAll(/[^\x20-\x7e]/g, '_').slice(-NAME_SIZE);
  return Buffer.concat([
    ustarHeader({ name: 'pax-header', prefix: '' }, record.length, 'x'),
    content,
    ustarHeader({ name: shown, prefix: '' }, size, '0'),
  ]);
}

interface SplitPath {
  readonly name: string;
  readonly prefix: string;
}

/** How ustar holds a path, if it can. */
function splitPath(path: string): SplitPath | undefined {
  if (!/^[\x20-\x7e]*$/.test(path)) return undefined;
  if (path.length <= NAME_SIZE) return { name: path, prefix: '' };
  const slash = path.indexOf('/', path.length - NAME_SIZE - 1);
  if (slash <= 0 || slash > PREFIX_SIZE || slash === path.length - 1) return undefined;
  return { name: path.slice(slash + 1), prefix: path.slice(0, slash) };
}

function ustarHeader({ name, prefix }: SplitPath, size: number, type: '0' | 'x'): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 'latin1');
  header.write(octal(MODE, 7), 100, 'latin1');
  header.write(octal(0, 7), 108, 'latin1');
  header.write(octal(0, 7), 116, 'latin1');
  header.write(octal(size, 11), 124, 'latin1');
  header.write(octal(0, 11), 136, 'latin1');
  header.fill(' ', 148, 156);
  header.write(type, 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  header.write(octal(0, 7), 329, 'latin1');
  header.write(octal(0, 7), 337, 'latin1');
  header.write(prefix, 345, 'latin1');
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${octal(sum, 6)}\0 `, 148, 'latin1');
  return header;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}

/** `LENGTH KEY=VALUE NEWLINE`, where LENGTH counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return Buffer.from(`${length} ${key}=${value}\n`);
}
