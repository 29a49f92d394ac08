import { SORTED } from './memory';

/**
 * An entry: bits 0 to 7 are the number of bits in the code, 8 to 12 the number of extra bits that
 * follow, 16 to 30 the value to which these are added. 0 marks an unused code.
 */
export const IS_LITERAL: u32 = 1 << 31;
export const IS_SPECIAL: u32 = 1 << 15;
export const IS_END: u32 = 1 << 14;
/** A symbol that must not occur in a stream. */
export const IS_INVALID: u32 = 1 << 13;

const COUNTS = memory.data(16 * 4);
const OFFSETS = memory.data(17 * 4);
const MAX_BITS: i32 = 15;

/**
 * Builds the table of a canonical Huffman code (RFC 1951, 3.2.2), which is indexed by the next
 * `bits` bits of the input. Longer codes have tables of their own behind it, all of the same size.
 *
 * @param lengths of the codes, a byte for each symbol; 0 for a symbol without one
 * @param kind of the symbols: 0 literals and lengths, 1 distances, 2 code lengths
 * @returns how many bits are left for tables of longer codes; -1 for invalid lengths
 */
export function makeTable(table: usize, bits: i32, lengths: usize, count: i32, kind: i32): i32 {
  memory.fill(COUNTS, 0, 16 * 4);
  for (let symbol = 0; symbol < count; symbol++) {
    const at = COUNTS + ((<usize>load<u8>(lengths + symbol)) << 2);
    store<i32>(at, load<i32>(at) + 1);
  }
  store<i32>(COUNTS, 0);
  let left = 1;
  let longest = 0;
  let offset = 0;
  for (let length = 1; length <= MAX_BITS; length++) {
    const codes = load<i32>(COUNTS + (length << 2));
    left = (left << 1) - codes;
    // More codes than fit.
    if (left < 0) return -1;
    if (codes > 0) longest = length;
    store<i32>(OFFSETS + (length << 2), offset);
    offset += codes;
  }
  for (let symbol = 0; symbol < count; symbol++) {
    const length = load<u8>(lengths + symbol);
    if (length === 0) continue;
    const at = OFFSETS + ((<usize>length) << 2);
    const place = load<i32>(at);
    store<i32>(at, place + 1);
    store<u16>(SORTED + (place << 1), <u16>symbol);
  }
  const more = longest > bits ? longest - bits : 0;
  // Clears the entries of missing codes, and of tables that do not exist yet.
  if (left > 0 || more > 0) memory.fill(table, 0, 4 << bits);
  let nextTable: i32 = 1 << bits;
  let code: u32 = 0;
  let before = 0;
  for (let place = 0; place < offset; place++) {
    const symbol = <i32>load<u16>(SORTED + (place << 1));
    const length = <i32>load<u8>(lengths + symbol);
    code <<= length - before;
    before = length;
    const reversed = reverse(code, length);
    const entry = meaningOf(kind, symbol) | length;
    if (length <= bits) fill(table, reversed, length, bits, entry);
    else {
      const first = table + ((<usize>reversed & ((1 << bits) - 1)) << 2);
      if (load<u32>(first) === 0) {
        store<u32>(first, IS_SPECIAL | ((<u32>nextTable) << 16) | bits);
        memory.fill(table + (nextTable << 2), 0, 4 << more);
        nextTable += 1 << more;
      }
      const own = table + ((<usize>load<u32>(first) >> 16) << 2);
      fill(own, reversed >> bits, length - bits, more, entry);
    }
    code += 1;
  }
  return more;
}

/** Fills all entries whose first bits are a code. */
function fill(table: usize, reversed: u32, length: i32, bits: i32, entry: u32): void {
  const end: u32 = 1 << bits;
  const step: u32 = 1 << length;
  for (let index = reversed; index < end; index += step) store<u32>(table + ((<usize>index) << 2), entry);
}

/** Codes are stored with their first bit lowest. */
function reverse(code: u32, length: i32): u32 {
  let bits = code;
  bits = ((bits & 0x5555) << 1) | ((bits >> 1) & 0x5555);
  bits = ((bits & 0x3333) << 2) | ((bits >> 2) & 0x3333);
  bits = ((bits & 0x0f0f) << 4) | ((bits >> 4) & 0x0f0f);
  bits = ((bits & 0x00ff) << 8) | ((bits >> 8) & 0x00ff);
  return bits >> (16 - length);
}

function meaningOf(kind: i32, symbol: i32): u32 {
  if (kind === 1) return distance(symbol);
  if (kind === 2) return IS_LITERAL | (symbol << 16);
  return symbol < 256 ? IS_LITERAL | (symbol << 16) : lengthOf(symbol);
}

/** RFC 1951, 3.2.5. */
function lengthOf(symbol: i32): u32 {
  if (symbol === 256) return IS_SPECIAL | IS_END;
  const index = symbol - 257;
  if (index < 8) return (3 + index) << 16;
  if (index === 28) return 258 << 16;
  if (index > 28) return IS_SPECIAL | IS_INVALID;
  const extra = (index >> 2) - 1;
  const base = 3 + ((4 + (index & 3)) << extra);
  return (base << 16) | (extra << 8);
}

/** RFC 1951, 3.2.5. */
function distance(symbol: i32): u32 {
  if (symbol < 4) return (1 + symbol) << 16;
  if (symbol > 29) return IS_SPECIAL | IS_INVALID;
  const extra = (symbol >> 1) - 1;
  const base = 1 + ((2 + (symbol & 1)) << extra);
  return (base << 16) | (extra << 8);
}
