import { unreadable } from './git-object.ts';

/** What a copy without a size copies. */
const LARGEST_COPY = 0x10000;

/** Where a delta is read, and how far. */
interface Cursor {
  at: number;
}

/**
 * Makes an object of another one and of what it differs in. Format: gitformat-pack(5), "Deltified representation".
 *
 * @param most bytes of the result
 * @param allocate gives memory for so many bytes
 * @throws CodedError where the delta does not fit the base, or the result is larger
 */
export function applyDelta(
  base: Buffer,
  delta: Buffer,
  most: number,
  allocate: (size: number) => Buffer = Buffer.allocUnsafe,
): Buffer {
  const cursor = { at: 0 };
  if (readSize(delta, cursor) !== base.length) throw damaged();
  const size = readSize(delta, cursor);
  if (size > most) throw unreadable(`an object of ${size} bytes is too large`);
  const result = allocate(size);
  let length = 0;
  while (cursor.at < delta.length) {
    const instruction = delta[cursor.at++] as number;
    const from = instruction & 0x80 ? readCopy(delta, cursor, instruction) : readInsert(cursor, instruction);
    const source = instruction & 0x80 ? base : delta;
    if (from.end > source.length || length + from.end - from.start > size) throw damaged();
    result.set(source.subarray(from.start, from.end), length);
    length += from.end - from.start;
  }
  if (length !== size) throw damaged();
  return result;
}

/** Little-endian, seven bits a byte. */
function readSize(delta: Buffer, cursor: Cursor): number {
  let size = 0;
  for (let factor = 1; ; factor *= 128) {
    const byte = byteAt(delta, cursor);
    size += (byte & 0x7f) * factor;
    if (byte < 0x80) return size;
    if (factor > Number.MAX_SAFE_INTEGER / (1 << 14)) throw damaged();
  }
}

function readCopy(delta: Buffer, cursor: Cursor, instruction: number): { start: number; end: number } {
  let start = 0;
  let size = 0;
  for (let bit = 0, factor = 1; bit < 4; bit++, factor *= 256)
    if (instruction & (1 << bit)) start += byteAt(delta, cursor) * factor;
  for (let bit = 4, factor = 1; bit < 7; bit++, factor *= 256)
    if (instruction & (1 << bit)) size += byteAt(delta, cursor) * factor;
  return { start, end: start + (size === 0 ? LARGEST_COPY : size) };
}

function readInsert(cursor: Cursor, size: number): { start: number; end: number } {
  // Reserved for future use.
  if (size === 0) throw damaged();
  const start = cursor.at;
  cursor.at += size;
  return { start, end: cursor.at };
}

function byteAt(delta: Buffer, cursor: Cursor): number {
  const byte = delta[cursor.at++];
  if (byte === undefined) throw damaged();
  return byte;
}

function damaged(): Error {
  return unreadable('a delta in a pack is damaged');
}
