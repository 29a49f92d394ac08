/** Bytes of a SHA-256. */
export const DIGEST = 32;
/** A `+` is `%2B` in a URL. */
export const MAX_OF_A_BYTE = 3;
/** Shorter runs of bytes are copied faster by a loop than by a call. */
const MIN_CALL = 16;
const NEWLINE = 0x0a;
const PLUS = 0x2b;
const ZERO = 0x30;
const HEX = Buffer.from('0123456789abcdef');

/** The address of the next newline, or else the end. */
export function lineEnd(bytes: Uint8Array, start: number): number {
  let end = start;
  while (end < bytes.length && bytes[end] !== NEWLINE) end += 1;
  return end;
}

/** Copies bytes within the memory. @returns the address after them, as the functions below do */
export function copy(bytes: Uint8Array, to: number, start: number, end: number): number {
  if (end - start >= MIN_CALL) bytes.copyWithin(to, start, end);
  else for (let at = start; at < end; at++) bytes[to + at - start] = bytes[at] as number;
  return to + end - start;
}

/** Copies a version as it is written in URLs. */
export function copyEncoded(bytes: Uint8Array, start: number, version: number, end: number): number {
  let to = start;
  for (let at = version; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === PLUS) {
      bytes[to++] = 0x25;
      bytes[to++] = 0x32;
      bytes[to++] = 0x42;
    } else bytes[to++] = byte;
  }
  return to;
}

/** Writes a natural number in decimal digits. */
export function writeNumber(bytes: Uint8Array, start: number, value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits += 1;
  let rest = value;
  for (let at = start + digits - 1; at >= start; at--) {
    const next = Math.floor(rest / 10);
    bytes[at] = ZERO + (rest - next * 10);
    rest = next;
  }
  return start + digits;
}

/** Writes 32 bytes as lower-case hex. */
export function writeDigest(bytes: Uint8Array, start: number, digest: number): number {
  let to = start;
  for (let at = digest; at < digest + DIGEST; at++) {
    const byte = bytes[at] as number;
    bytes[to++] = HEX[byte >> 4] as number;
    bytes[to++] = HEX[byte & 15] as number;
  }
  return to;
}
