/**
 * Fills templates of paths and records with the values that differ between the versions of a crate.
 * AssemblyScript; `nx run manifest:wasm` compiles it to `src/unchanged/fill.wasm`, and a test
 * checks that the compiled file is up to date. Nothing is allocated.
 */

/** Addresses of the marks in the current template, 32 bits each, and their maximum number. */
const MARKS: i32 = 0x1_0000;
const MARK_BYTES: i32 = 4;
export const MAX_MARKS: i32 = 32;
let markCount: i32 = 0;
/** The text that replaces every time mark, of fixed length. */
export const TIME: i32 = MARKS + MAX_MARKS * MARK_BYTES;
const TIME_LENGTH: i32 = 24;
/** The output of {@link fill}. */
export const OUTPUT: i32 = TIME + TIME_LENGTH;
const MAX_OUTPUT: i32 = 1 << 20;
/** Memory from here on belongs to the caller. A multiple of eight. */
export const INPUT: i32 = OUTPUT + MAX_OUTPUT;

const VERSION: u8 = 1;
const SIZE: u8 = 2;
const SHA256: u8 = 3;
const TIMES: u8 = 4;
const VERSION_IN_URL: u8 = 5;
const NEWLINE: u8 = 0x0a;
const PLUS: u8 = 0x2b;
const ZERO: u8 = 0x30;
/** Added to a hex digit from 10 to 15, gives its letter. */
const A_MINUS_TEN: u8 = 0x57;

const ROW_BYTES: usize = 16;
const DIGEST_BYTES: usize = 32;
/** A `+` is `%2B` in a URL. */
const MAX_OF_A_BYTE: usize = 3;

/** The number of rows that the last call filled, and the address of the next row's version. */
export let filled: i32 = 0;
export let nextVersion: usize = 0;

/**
 * Fills a template for one row after another until there is no more room. Each result is followed
 * by a newline.
 *
 * @param template,end start and end of the template, which has at most MAX_MARKS marks
 * @param rows the first row: size and mtime, 64-bit floats
 * @param digests the first row's digest
 * @param version start of the first row's version; each version ends in a newline
 * @param count number of rows
 * @returns number of bytes written
 */
export function fill(
  template: usize,
  end: usize,
  rows: usize,
  digests: usize,
  version: usize,
  count: i32,
): i32 {
  findMarks(template, end);
  const limit: usize = OUTPUT + MAX_OUTPUT;
  let to: usize = OUTPUT;
  let row = rows;
  let digest = digests;
  filled = 0;
  nextVersion = version;
  while (filled < count) {
    const versionEnd = lineEnd(nextVersion);
    const widest = max(MAX_OF_A_BYTE * (versionEnd - nextVersion), 2 * DIGEST_BYTES);
    if (to + (end - template) + <usize>markCount * widest + 1 > limit) break;
    let from = template;
    for (let i = 0; i < markCount; i++) {
      const mark = <usize>load<u32>(MARKS + i * MARK_BYTES);
      memory.copy(to, from, mark - from);
      to += mark - from;
      to = fillMark(load<u8>(mark), to, row, digest, versionEnd);
      from = mark + 1;
    }
    memory.copy(to, from, end - from);
    to += end - from;
    store<u8>(to, NEWLINE);
    to += 1;
    row += ROW_BYTES;
    digest += DIGEST_BYTES;
    nextVersion = versionEnd + 1;
    filled += 1;
  }
  return <i32>(to - OUTPUT);
}

function findMarks(template: usize, end: usize): void {
  markCount = 0;
  for (let at = template; at < end && markCount < MAX_MARKS; at++) {
    if (load<u8>(at) > VERSION_IN_URL) continue;
    store<u32>(MARKS + markCount * MARK_BYTES, <u32>at);
    markCount += 1;
  }
}

function lineEnd(start: usize): usize {
  let end = start;
  while (load<u8>(end) !== NEWLINE) end += 1;
  return end;
}

function fillMark(mark: u8, to: usize, row: usize, digest: usize, versionEnd: usize): usize {
  switch (mark) {
    case VERSION:
      memory.copy(to, nextVersion, versionEnd - nextVersion);
      return to + (versionEnd - nextVersion);
    case VERSION_IN_URL:
      return copyEncoded(to, versionEnd);
    case SIZE:
      return writeNumber(to, <u64>load<f64>(row));
    case SHA256:
      return writeDigest(to, digest);
    case TIMES:
      memory.copy(to, TIME, TIME_LENGTH);
      return to + TIME_LENGTH;
    default:
      return to;
  }
}

function copyEncoded(start: usize, versionEnd: usize): usize {
  let to = start;
  for (let at = nextVersion; at < versionEnd; at++) {
    const byte = load<u8>(at);
    store<u8>(to, byte);
    to += 1;
    if (byte === PLUS) {
      store<u8>(to - 1, 0x25);
      store<u8>(to, 0x32);
      store<u8>(to + 1, 0x42);
      to += 2;
    }
  }
  return to;
}

function writeNumber(start: usize, value: u64): usize {
  let digits: usize = 1;
  for (let rest = value; rest >= 10; rest /= 10) digits += 1;
  let rest = value;
  for (let at = start + digits; at > start; at--) {
    store<u8>(at - 1, ZERO + <u8>(rest % 10));
    rest /= 10;
  }
  return start + digits;
}

function writeDigest(start: usize, digest: usize): usize {
  for (let i: usize = 0; i < DIGEST_BYTES; i++) {
    const byte = load<u8>(digest + i);
    store<u8>(start + 2 * i, hexDigit(byte >> 4));
    store<u8>(start + 2 * i + 1, hexDigit(byte & 15));
  }
  return start + 2 * DIGEST_BYTES;
}

function hexDigit(value: u8): u8 {
  return value + (value < 10 ? ZERO : A_MINUS_TEN);
}
