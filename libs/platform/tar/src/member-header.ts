import { keepsPaxText, PaxRecords } from './pax-records.ts';
import { BLOCK, MAX_NUMBER, NAME_SIZE, splitPath, type TypeFlag, ustarHeader } from './ustar-header.ts';

/** An archive ends with two blocks of zeros. */
export const END_OF_ARCHIVE: Buffer = Buffer.alloc(2 * BLOCK);

const TYPE_FLAGS: Readonly<Record<TarMember['type'], TypeFlag>> = { file: '0', symlink: '2', directory: '5' };
const PRINTABLE = /^[\x20-\x7e]*$/;
/**
 * On any system, bsdtar interprets these prefixes of a name as a Windows root, and removes them.
 */
const ROOTED = /^(?:[A-Za-z]:|[\\/])/;

/** A member of an archive. Owner and group are always 0 and have no names. */
export interface TarMember {
  /** Relative, with `/`; arbitrary bytes. A name like `c:x` or `\x` is prefixed with `./`. */
  readonly path: Uint8Array;
  readonly type: 'file' | 'directory' | 'symlink';
  /** Bytes of content; 0 for everything but files. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Whole seconds since 1970, possibly negative. */
  readonly mtime: number;
  /** Target of a symbolic link. */
  readonly target?: Uint8Array;
}

/** Number of zeros that pad a member's content to the next block. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/**
 * The header of a member, a multiple of 512 bytes: one block, or three and more if ustar has no
 * room for a name, a size or a time, or if a name is UTF-8 beyond ASCII. In the latter case a pax
 * header (POSIX.1-2001) comes first. Equal members have equal headers.
 */
export function memberHeader(member: TarMember): Buffer {
  const { type, size, mode, mtime } = member;
  const pax = new PaxRecords();
  const path = unrooted(bytesAsText(member.path) + (type === 'directory' ? '/' : ''));
  const target = bytesAsText(member.target ?? new Uint8Array());
  const place = fitsUstar(path) ? splitPath(path) : undefined;
  if (place === undefined) pax.add('path', path);
  const linkName = target.length <= NAME_SIZE && fitsUstar(target) ? target : undefined;
  if (linkName === undefined) pax.add('linkpath', target);
  if (size > MAX_NUMBER) pax.add('size', String(size));
  const isTimeHeld = mtime >= 0 && mtime <= MAX_NUMBER;
  if (!isTimeHeld) pax.add('mtime', String(mtime));
  const header = ustarHeader({
    ...(place ?? { name: shownPath(path), prefix: '' }),
    mode,
    size: size > MAX_NUMBER ? 0 : size,
    mtime: isTimeHeld ? mtime : 0,
    type: TYPE_FLAGS[type],
    linkName: linkName ?? shown(target),
  });
  return pax.isEmpty ? header : Buffer.concat([paxHeader(pax.bytes), header]);
}

/** A header of type `x` with its content, for the member that follows. */
function paxHeader(records: Buffer): Buffer {
  const header = ustarHeader({
    name: 'pax-header',
    prefix: '',
    mode: 0o644,
    size: records.length,
    mtime: 0,
    type: 'x',
    linkName: '',
  });
  return Buffer.concat([header, records, Buffer.alloc(paddingOf(records.length))]);
}

/** Text that pax may alter is stored in a ustar header: readers use ustar's bytes unchanged. */
function fitsUstar(text: string): boolean {
  return PRINTABLE.test(text) || !keepsPaxText(Buffer.from(text, 'latin1'));
}

function bytesAsText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** The same path in a form that no reader interprets as absolute. */
function unrooted(path: string): string {
  return ROOTED.test(path) ? `./${path}` : path;
}

/** The path as shown by a reader without pax support. */
function shownPath(path: string): string {
  const end = shown(path);
  return ROOTED.test(end) ? unrooted(end.slice(2)) : end;
}

/** The end of a text in printable ASCII, as far as it fits. */
function shown(text: string): string {
  const utf8 = Buffer.from(text, 'latin1').toString('utf8');
  return utf8.replaceAll(/[^\x20-\x7e]/g, '_').slice(-NAME_SIZE);
}
