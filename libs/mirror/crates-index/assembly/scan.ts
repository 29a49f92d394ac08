import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DELETE,
  isDigit,
  NEWLINE,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  quotesAndBackslashes,
  SPACE,
  ZERO,
} from './bytes';
import { MAX_ROWS, ROW_BYTES, ROWS, SLACK } from './memory';
import { isName, isVersion } from './names';
import {
  CKSUM,
  END,
  FLAGS,
  NAME,
  NAME_END,
  OTHER_FIELDS,
  READ,
  SAME_NAME,
  START,
  VERSION,
  VERSION_END,
  YANKED,
} from './row';

/** Each level takes one bit of a 32-bit integer, which distinguishes objects from arrays. */
const DEEPEST: i32 = 30;
/** Stands for an invalid value; not a possible address. */
const INVALID: usize = 0;

/**
 * Finds the lines between the addresses `from` and `end` within the input, and reads them. A line
 * that is not in the form of crates.io (white space, escapes in a required field, a duplicate
 * field, an upper-case digest, numbers that are not integers, non-ASCII characters, or any error)
 * is found but not read. Lines that are read were checked against the JSON grammar (RFC 8259) and
 * have a valid name and version.
 *
 * @returns number of rows; if it is MAX_ROWS, there may be more lines
 */
export function scan(from: usize, end: usize): i32 {
  // Zeros stop reads at the end of the input: no readable line contains control characters.
  memory.fill(end, 0, SLACK);
  let row: usize = ROWS;
  let name: usize = 0;
  let nameLength = -1;
  let start = from;
  for (let count = 0; count < MAX_ROWS; count++) {
    if (start >= end) return count;
    const next = readLine(start, row);
    if (next !== INVALID && (next === end || load<u8>(next) === NEWLINE)) {
      store<i32>(row, i32(next), END);
      const nextName = load<i32>(row, NAME);
      const nextLength = load<i32>(row, NAME_END) - nextName;
      if (nextLength === nameLength && memory.compare(name, nextName, nameLength) === 0)
        store<i32>(row, load<i32>(row, FLAGS) | SAME_NAME, FLAGS);
      name = nextName;
      nameLength = nextLength;
      start = next + 1;
    } else {
      nameLength = -1;
      const found = lineEnd(start, end);
      store<i32>(row, i32(found), END);
      store<i32>(row, 0, FLAGS);
      start = found + 1;
    }
    row += ROW_BYTES;
  }
  return MAX_ROWS;
}

function lineEnd(start: usize, end: usize): usize {
  let at = start;
  while (at < end && load<u8>(at) !== NEWLINE) at += 1;
  return at;
}

/** Fills in a row, except for its end. @returns the end of the line's object, or INVALID */
function readLine(start: usize, row: usize): usize {
  store<i32>(row, i32(start), START);
  if (load<u8>(start) !== OPEN_BRACE) return INVALID;
  let name: usize = 0;
  let version: usize = 0;
  let cksum: usize = 0;
  let isYankedKnown = false;
  let flags = READ;
  let at = start + 1;
  while (true) {
    const keyEnd = plainStringEnd(at);
    if (keyEnd === INVALID || load<u8>(keyEnd) !== COLON) return INVALID;
    const value = keyEnd + 1;
    const end = valueEnd(value);
    if (end === INVALID) return INVALID;
    const key = at + 1;
    const length = i32(keyEnd - 1 - key);
    if (isText(key, length, 'name')) {
      if (name !== 0 || plainStringEnd(value) !== end) return INVALID;
      name = value + 1;
      if (!isName(name, end - 1)) return INVALID;
      store<i32>(row, i32(name), NAME);
      store<i32>(row, i32(end - 1), NAME_END);
    } else if (isText(key, length, 'vers')) {
      if (version !== 0 || plainStringEnd(value) !== end) return INVALID;
      version = value + 1;
      if (!isVersion(version, end - 1)) return INVALID;
      store<i32>(row, i32(version), VERSION);
      store<i32>(row, i32(end - 1), VERSION_END);
    } else if (isText(key, length, 'cksum')) {
      if (cksum !== 0 || !isDigest(value, end)) return INVALID;
      cksum = value + 1;
      store<i32>(row, i32(cksum), CKSUM);
    } else if (isText(key, length, 'yanked')) {
      if (isYankedKnown || (load<u8>(value) !== 0x74 && load<u8>(value) !== 0x66)) return INVALID;
      isYankedKnown = true;
      if (load<u8>(value) === 0x74) flags |= YANKED;
    } else if (!isKnownField(key, length)) {
      flags |= OTHER_FIELDS;
    }
    at = end + 1;
    if (load<u8>(end) === COMMA) continue;
    if (load<u8>(end) !== CLOSE_BRACE || name === 0 || version === 0 || cksum === 0) return INVALID;
    store<i32>(row, flags, FLAGS);
    return at;
  }
}

/** Whether this is a known field that mirroring does not need. */
function isKnownField(key: usize, length: i32): bool {
  switch (length) {
    case 1:
      return isText(key, length, 'v');
    case 4:
      return isText(key, length, 'deps');
    case 5:
      return isText(key, length, 'links');
    case 7:
      return isText(key, length, 'pubtime');
    case 8:
      return isText(key, length, 'features');
    case 9:
      return isText(key, length, 'features2');
    case 12:
      return isText(key, length, 'rust_version');
    default:
      return false;
  }
}

function isText(at: usize, length: i32, text: string): bool {
  if (length !== text.length) return false;
  for (let i = 0; i < length; i++) if (load<u8>(at + i) !== u8(text.charCodeAt(i))) return false;
  return true;
}

/** The end of a string of printable ASCII without escapes, or INVALID. */
function plainStringEnd(start: usize): usize {
  if (load<u8>(start) !== QUOTE) return INVALID;
  let at = start + 1;
  while (true) {
    const bytes = v128.load(at);
    // As in stringEnd.
    const others = v128.or(i8x16.lt_s(bytes, i8x16.splat(SPACE)), i8x16.eq(bytes, i8x16.splat(DELETE)));
    const special = i8x16.bitmask(v128.or(quotesAndBackslashes(bytes), others));
    if (special !== 0) {
      at += ctz(special);
      return load<u8>(at) === QUOTE ? at + 1 : INVALID;
    }
    at += 16;
  }
}

/** Whether this is a quoted string of 64 lower-case hex digits. */
function isDigest(start: usize, end: usize): bool {
  if (end - start !== 66 || load<u8>(start) !== QUOTE) return false;
  const digits = start + 1;
  return (
    areHexDigits(v128.load(digits)) &&
    areHexDigits(v128.load(digits, 16)) &&
    areHexDigits(v128.load(digits, 32)) &&
    areHexDigits(v128.load(digits, 48))
  );
}

function areHexDigits(bytes: v128): bool {
  const isDecimal = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x30)), i8x16.splat(10));
  const isLetter = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x61)), i8x16.splat(6));
  return i8x16.all_true(v128.or(isDecimal, isLetter));
}

/**
 * The end of the JSON value of any type at `start`, or INVALID. Iterative, so that nesting cannot
 * exhaust the stack.
 */
function valueEnd(start: usize): usize {
  let at = start;
  let depth = 0;
  let objects = 0;
  let isKey = false;
  while (true) {
    // A key or a value begins here.
    const first = load<u8>(at);
    if (first === QUOTE) {
      at = stringEnd(at + 1);
      if (at === INVALID) return INVALID;
      if (isKey) {
        if (load<u8>(at) !== COLON) return INVALID;
        at += 1;
        isKey = false;
        continue;
      }
    } else if (isKey) {
      return INVALID;
    } else if (first === OPEN_BRACE || first === OPEN_BRACKET) {
      if (depth === DEEPEST) return INVALID;
      const isObject = first === OPEN_BRACE;
      at += 1;
      if (load<u8>(at) === (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) {
        at += 1;
      } else {
        depth += 1;
        objects = isObject ? objects | (1 << depth) : objects & ~(1 << depth);
        isKey = isObject;
        continue;
      }
    } else {
      at = isDigit(first) ? integerEnd(at) : literalEnd(at, first);
      if (at === INVALID) return INVALID;
    }
    // A value has ended here: close the containers that it completes, then continue with the next.
    while (true) {
      if (depth === 0) return at;
      const isObject = (objects & (1 << depth)) !== 0;
      const next = load<u8>(at);
      at += 1;
      if (next === COMMA) {
        isKey = isObject;
        break;
      }
      if (next !== (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) return INVALID;
      depth -= 1;
    }
  }
}

/** The end of a string, or INVALID. `start` is the byte after its opening quote. */
function stringEnd(start: usize): usize {
  let at = start;
  while (true) {
    const bytes = v128.load(at);
    // As signed bytes, control characters and all non-ASCII bytes are less than a space.
    const special = i8x16.bitmask(
      v128.or(quotesAndBackslashes(bytes), i8x16.lt_s(bytes, i8x16.splat(SPACE))),
    );
    if (special === 0) {
      at += 16;
      continue;
    }
    at += ctz(special);
    const byte = load<u8>(at);
    if (byte === QUOTE) return at + 1;
    if (byte !== BACKSLASH) return INVALID;
    at = escapeEnd(at + 1);
    if (at === INVALID) return INVALID;
  }
}

/** The end of an escape. `at` is the byte after the backslash. */
function escapeEnd(at: usize): usize {
  switch (load<u8>(at)) {
    case QUOTE:
    case BACKSLASH:
    case 0x2f: // slash
    case 0x62: // b
    case 0x66: // f
    case 0x6e: // n
    case 0x72: // r
    case 0x74: // t
      return at + 1;
    case 0x75: // u, and four hex digits
      for (let i = 1; i <= 4; i++) if (!isHexDigit(load<u8>(at + i))) return INVALID;
      return at + 5;
    default:
      return INVALID;
  }
}

function literalEnd(at: usize, first: u8): usize {
  if (first === 0x74) return isText(at, 4, 'true') ? at + 4 : INVALID;
  if (first === 0x66) return isText(at, 5, 'false') ? at + 5 : INVALID;
  return isText(at, 4, 'null') ? at + 4 : INVALID;
}

/** The end of an integer without a leading zero. Other numbers do not occur in an index. */
function integerEnd(start: usize): usize {
  let at = start + 1;
  while (isDigit(load<u8>(at))) at += 1;
  return load<u8>(start) === ZERO && at - start > 1 ? INVALID : at;
}

function isHexDigit(byte: u8): bool {
  const lower = byte | 0x20;
  return isDigit(byte) || (lower >= 0x61 && lower <= 0x66);
}
