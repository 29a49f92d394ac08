import type { ParsedEntry } from './entry.ts';
import { isCrateName, isCrateVersion } from './names.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;
const DELETE = 0x7f;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NULL = Buffer.from('null');

/** One bit of a 32-bit integer for each level tells objects from arrays. */
const DEEPEST = 30;

const INVALID = -1;

/**
 * Reads one index line straight from its bytes: 1.6 times as fast as `parseEntry` over the index of 2019, and without the
 * garbage of `JSON.parse`, which builds every dependency of every version only to have it thrown away. It checks the whole
 * line against the JSON grammar (RFC 8259) and is sure of what it accepts; whatever is unusual (white space, escapes in a field it wants, a field twice, an upper-case
 * digest, and of course anything wrong) it leaves to the slow way.
 *
 * @returns undefined for a line that it leaves alone
 */
export function scanEntry(bytes: Buffer, start: number, end: number): ParsedEntry | undefined {
  if (end - start < 2 || bytes[start] !== OPEN_BRACE || bytes[end - 1] !== CLOSE_BRACE) return undefined;
  let name: string | undefined;
  let version: string | undefined;
  let cksum: string | undefined;
  let yanked: boolean | undefined;
  let at = start + 1;
  for (;;) {
    const keyEnd = plainStringEnd(bytes, at, end);
    if (keyEnd === INVALID || bytes[keyEnd] !== COLON) return undefined;
    const valueStart = keyEnd + 1;
    const valueEnd = skipValue(bytes, valueStart, end);
    if (valueEnd === INVALID) return undefined;
    switch (keyEnd - at) {
      case 6:
        if (isKey(bytes, at, 'name')) {
          if (name !== undefined) return undefined;
          name = plainString(bytes, valueStart, valueEnd);
          if (!isCrateName(name)) return undefined;
        } else if (isKey(bytes, at, 'vers')) {
          if (version !== undefined) return undefined;
          version = plainString(bytes, valueStart, valueEnd);
          if (!isCrateVersion(version)) return undefined;
        }
        break;
      case 7:
        if (isKey(bytes, at, 'cksum')) {
          if (cksum !== undefined || !isDigest(bytes, valueStart, valueEnd)) return undefined;
          cksum = plainString(bytes, valueStart, valueEnd);
        }
        break;
      case 8:
        if (isKey(bytes, at, 'yanked')) {
          if (yanked !== undefined) return undefined;
          if (valueEnd - valueStart === TRUE.length && bytes[valueStart] === TRUE[0]) yanked = true;
          else if (bytes[valueStart] === FALSE[0]) yanked = false;
          else return undefined;
        }
        break;
    }
    at = valueEnd + 1;
    if (bytes[valueEnd] === COMMA) continue;
    if (bytes[valueEnd] !== CLOSE_BRACE || at !== end) return undefined;
    if (name === undefined || version === undefined || cksum === undefined) return undefined;
    return { name, version, cksum, yanked: yanked === true };
  }
}

/** Whether the quoted string at `at`, known to be as long as it must be, is `key`. */
function isKey(bytes: Buffer, at: number, key: string): boolean {
  for (let i = 0; i < key.length; i++) if (bytes[at + 1 + i] !== key.charCodeAt(i)) return false;
  return true;
}

/** The end of a string without escapes or anything but printable ASCII. */
function plainStringEnd(bytes: Buffer, start: number, end: number): number {
  if (bytes[start] !== QUOTE) return INVALID;
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at + 1;
    if (byte < SPACE || byte >= DELETE || byte === BACKSLASH) return INVALID;
  }
  return INVALID;
}

function plainString(bytes: Buffer, start: number, end: number): string | undefined {
  if (plainStringEnd(bytes, start, end) !== end) return undefined;
  return bytes.toString('latin1', start + 1, end - 1);
}

/** A quoted string of 64 lower-case hex digits. */
function isDigest(bytes: Buffer, start: number, end: number): boolean {
  if (end - start !== 66 || bytes[start] !== QUOTE) return false;
  for (let at = start + 1; at < end - 1; at++) if (!isHexDigit(bytes[at] as number, false)) return false;
  return true;
}

/** The end of the JSON value at `start`, whatever it is. Iterative, so that no nesting can exhaust the stack. */
function skipValue(bytes: Buffer, start: number, end: number): number {
  let at = start;
  let depth = 0;
  let objects = 0;
  for (;;) {
    // A value begins here.
    const byte = bytes[at];
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (depth === DEEPEST) return INVALID;
      depth += 1;
      const isObject = byte === OPEN_BRACE;
      objects = isObject ? objects | (1 << depth) : objects & ~(1 << depth);
      at += 1;
      if (bytes[at] === (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) {
        depth -= 1;
        at += 1;
      } else {
        if (isObject) at = skipKey(bytes, at, end);
        if (at === INVALID) return INVALID;
        continue;
      }
    } else {
      at = skipScalar(bytes, at, end);
      if (at === INVALID) return INVALID;
    }
    // A value has ended here: close what it closes, then go on to the next.
    for (;;) {
      if (at > end) return INVALID;
      if (depth === 0) return at;
      const isObject = (objects & (1 << depth)) !== 0;
      if (bytes[at] === COMMA) {
        at = isObject ? skipKey(bytes, at + 1, end) : at + 1;
        if (at === INVALID) return INVALID;
        break;
      }
      if (bytes[at] !== (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) return INVALID;
      depth -= 1;
      at += 1;
    }
  }
}

/** `"key":` */
function skipKey(bytes: Buffer, start: number, end: number): number {
  const at = skipString(bytes, start, end);
  return at !== INVALID && bytes[at] === COLON ? at + 1 : INVALID;
}

function skipScalar(bytes: Buffer, start: number, end: number): number {
  switch (bytes[start]) {
    case QUOTE:
      return skipString(bytes, start, end);
    case 0x74:
      return skipLiteral(bytes, start, TRUE);
    case 0x66:
      return skipLiteral(bytes, start, FALSE);
    case 0x6e:
      return skipLiteral(bytes, start, NULL);
    default:
      return skipInteger(bytes, start, end);
  }
}

function skipLiteral(bytes: Buffer, start: number, literal: Buffer): number {
  for (let i = 0; i < literal.length; i++) if (bytes[start + i] !== literal[i]) return INVALID;
  return start + literal.length;
}

/** Digits without a leading zero. Other numbers do not occur in an index and are left to the slow way. */
function skipInteger(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && isDigit(bytes[at] as number)) at += 1;
  if (at === start || (bytes[start] === 0x30 && at - start > 1)) return INVALID;
  return at;
}

function skipString(bytes: Buffer, start: number, end: number): number {
  if (bytes[start] !== QUOTE) return INVALID;
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at + 1;
    if (byte < SPACE) return INVALID;
    if (byte === BACKSLASH) {
      at = escapeEnd(bytes, at + 1);
      if (at === INVALID) return INVALID;
    }
  }
  return INVALID;
}

/** The last byte of the escape whose first, after the backslash, is at `at`. */
function escapeEnd(bytes: Buffer, at: number): number {
  switch (bytes[at]) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f: // slash
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return at;
    case 0x75: // u, and four hex digits
      for (let i = 1; i <= 4; i++) if (!isHexDigit(bytes[at + i] ?? 0, true)) return INVALID;
      return at + 4;
    default:
      return INVALID;
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isHexDigit(byte: number, upperToo: boolean): boolean {
  return isDigit(byte) || (byte >= 0x61 && byte <= 0x66) || (upperToo && byte >= 0x41 && byte <= 0x46);
}
