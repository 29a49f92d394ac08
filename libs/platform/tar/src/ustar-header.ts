/** POSIX.1-1988 (ustar); see tar(5) of libarchive. */
export const BLOCK = 512;
export const NAME_SIZE = 100;
const PREFIX_SIZE = 155;
/** The largest number in eleven octal digits. */
export const MAX_NUMBER: number = 8 ** 11 - 1;

/**
 * Type flags of POSIX.1-2001: file, symbolic link, directory, pax header for the following member.
 */
export type TypeFlag = '0' | '2' | '5' | 'x';

/** A header's fields. Text has one character per byte. */
export interface UstarFields {
  readonly name: string;
  readonly prefix: string;
  readonly mode: number;
  readonly size: number;
  /** whole seconds since 1970 */
  readonly mtime: number;
  readonly type: TypeFlag;
  readonly linkName: string;
}

/** One header block. Owner and group are 0 and have no names. */
export function ustarHeader({ name, prefix, mode, size, mtime, type, linkName }: UstarFields): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, 0, 'latin1');
  header.write(octal(mode, 7), 100, 'latin1');
  header.write(octal(0, 7), 108, 'latin1');
  header.write(octal(0, 7), 116, 'latin1');
  header.write(octal(size, 11), 124, 'latin1');
  header.write(octal(mtime, 11), 136, 'latin1');
  header.fill(' ', 148, 156);
  header.write(type, 156, 'latin1');
  header.write(linkName, 157, 'latin1');
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

/** Splits a path, one character per byte, into ustar's fields, if it fits. */
export function splitPath(path: string): Pick<UstarFields, 'name' | 'prefix'> | undefined {
  if (path.length <= NAME_SIZE) return { name: path, prefix: '' };
  const slash = path.indexOf('/', path.length - NAME_SIZE - 1);
  if (slash <= 0 || slash > PREFIX_SIZE || slash === path.length - 1) return undefined;
  return { name: path.slice(slash + 1), prefix: path.slice(0, slash) };
}
