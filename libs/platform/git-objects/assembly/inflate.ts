/**
 * Inflates zlib streams (RFC 1950 and 1951) that are completely in memory, the format of git
 * objects. AssemblyScript; `nx run git-objects:wasm` compiles it to `src/pack.wasm`, and a test
 * fails if the two do not match.
 */
import { DISTANCE_BITS, DISTANCE_TABLE, LENGTHS, LITERAL_BITS, LITERAL_TABLE } from './memory';
import { IS_END, IS_INVALID, IS_LITERAL, IS_SPECIAL, makeTable } from './table';

export { applyDelta, resultSize } from './delta';
export { INPUT, SLACK } from './memory';

/** The stream is damaged, continues beyond the input, or exceeds the output. */
const FAILED: i32 = -1;

/** RFC 1951, 3.2.7. */
const ORDER = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);
/** RFC 1950, 9: bytes that may be summed before the modulo is taken. */
const MAX_SUMMED: usize = 5552;
const MODULUS: u32 = 65521;

/**
 * Loaded bits of the input, the next one lowest. Bits above the first `count` may be loaded again.
 */
let bits: u64 = 0;
let count: u32 = 0;
let from: usize = 0;
let end: usize = 0;
let to: usize = 0;
let start: usize = 0;
let limit: usize = 0;
let moreLiteral: i32 = 0;
let moreDistance: i32 = 0;

/**
 * @param inputEnd end of the input that begins at `input`; some bytes beyond it are read
 * @param output address of the result; some bytes beyond `outputEnd` may be overwritten
 * @returns number of bytes written, or FAILED
 */
export function inflate(input: usize, inputEnd: usize, output: usize, outputEnd: usize): i32 {
  from = input + 2;
  end = inputEnd;
  to = output;
  start = output;
  limit = outputEnd;
  bits = 0;
  count = 0;
  if (from > end) return FAILED;
  const method = load<u8>(input);
  const flags = load<u8>(input + 1);
  // Deflate, without a dictionary.
  if ((method & 15) !== 8 || (flags & 32) !== 0 || (((<u32>method) << 8) | flags) % 31 !== 0) return FAILED;
  for (;;) {
    refill();
    const isLast = take(1);
    const result = block(take(2));
    if (result !== 0) return result;
    if (isLast !== 0) break;
  }
  toByte();
  if (from + 4 > end) return FAILED;
  const sum = bswap<u32>(load<u32>(from));
  return sum === adler(output, to) ? <i32>(to - output) : FAILED;
}

/** @returns 0, or an error */
function block(type: u32): i32 {
  if (type === 0) return stored();
  if (type === 3) return FAILED;
  const result = type === 1 ? fixedTables() : dynamicTables();
  return result === 0 ? compressed() : result;
}

function stored(): i32 {
  toByte();
  if (from + 4 > end) return FAILED;
  const length = <usize>load<u16>(from);
  if (load<u16>(from + 2) !== <u16>~length) return FAILED;
  from += 4;
  if (from + length > end) return FAILED;
  if (to + length > limit) return FAILED;
  memory.copy(to, from, length);
  to += length;
  from += length;
  return 0;
}

/** RFC 1951, 3.2.6. */
function fixedTables(): i32 {
  memory.fill(LENGTHS, 8, 144);
  memory.fill(LENGTHS + 144, 9, 112);
  memory.fill(LENGTHS + 256, 7, 24);
  memory.fill(LENGTHS + 280, 8, 8);
  moreLiteral = makeTable(LITERAL_TABLE, LITERAL_BITS, LENGTHS, 288, 0);
  memory.fill(LENGTHS, 5, 30);
  moreDistance = makeTable(DISTANCE_TABLE, DISTANCE_BITS, LENGTHS, 30, 1);
  return 0;
}

/** RFC 1951, 3.2.7. */
function dynamicTables(): i32 {
  const literals = 257 + <i32>take(5);
  const distances = 1 + <i32>take(5);
  const codes = 4 + <i32>take(4);
  memory.fill(LENGTHS, 0, 19);
  for (let i = 0; i < codes; i++) {
    if (count < 3) refill();
    store<u8>(LENGTHS + load<u8>(ORDER + i), <u8>take(3));
  }
  if (makeTable(DISTANCE_TABLE, 7, LENGTHS, 19, 2) !== 0) return FAILED;
  const all = literals + distances;
  for (let i = 0; i < all; ) {
    refill();
    if (from > end + 8) return FAILED;
    const entry = load<u32>(DISTANCE_TABLE + ((<u32>bits & 127) << 2));
    if (entry === 0) return FAILED;
    take(entry & 255);
    const symbol = (entry >> 16) & 31;
    if (symbol < 16) {
      store<u8>(LENGTHS + i, <u8>symbol);
      i += 1;
      continue;
    }
    if (symbol === 16 && i === 0) return FAILED;
    const repeated: u8 = symbol === 16 ? load<u8>(LENGTHS + i - 1) : 0;
    const times = <i32>(symbol === 16 ? 3 + take(2) : symbol === 17 ? 3 + take(3) : 11 + take(7));
    if (i + times > all) return FAILED;
    memory.fill(LENGTHS + i, repeated, times);
    i += times;
  }
  moreLiteral = makeTable(LITERAL_TABLE, LITERAL_BITS, LENGTHS, literals, 0);
  moreDistance = makeTable(DISTANCE_TABLE, DISTANCE_BITS, LENGTHS + literals, distances, 1);
  return moreLiteral < 0 || moreDistance < 0 ? FAILED : 0;
}

function compressed(): i32 {
  refill();
  while (from <= end + 8) {
    let entry = load<u32>(LITERAL_TABLE + ((<u32>bits & ((1 << LITERAL_BITS) - 1)) << 2));
    if ((entry & (IS_SPECIAL | IS_END | IS_INVALID | IS_LITERAL)) === IS_SPECIAL) {
      const index = (entry >> 16) + (<u32>(bits >> LITERAL_BITS) & ((1 << moreLiteral) - 1));
      entry = load<u32>(LITERAL_TABLE + (index << 2));
    }
    take(entry & 255);
    if (entry & IS_LITERAL) {
      if (to >= limit) return FAILED;
      store<u8>(to, <u8>(entry >> 16));
      to += 1;
      refill();
      continue;
    }
    if (entry & IS_SPECIAL) return (entry & IS_INVALID) === 0 ? 0 : FAILED;
    if (entry === 0) return FAILED;
    const length = <usize>((entry >> 16) + take((entry >> 8) & 31));
    entry = load<u32>(DISTANCE_TABLE + ((<u32>bits & ((1 << DISTANCE_BITS) - 1)) << 2));
    if ((entry & (IS_SPECIAL | IS_INVALID)) === IS_SPECIAL) {
      const index = (entry >> 16) + (<u32>(bits >> DISTANCE_BITS) & ((1 << moreDistance) - 1));
      entry = load<u32>(DISTANCE_TABLE + (index << 2));
    }
    if (entry === 0 || (entry & IS_SPECIAL) !== 0) return FAILED;
    take(entry & 255);
    const distance = <usize>((entry >> 16) + take((entry >> 8) & 31));
    if (distance > to - start || length > limit - to) return FAILED;
    copy(distance, length);
    refill();
  }
  return FAILED;
}

/** Copies earlier output; the source may overlap the destination. */
function copy(distance: usize, length: usize): void {
  let source = to - distance;
  const target = to + length;
  if (distance >= 16) {
    for (; to < target; to += 16, source += 16) v128.store(to, v128.load(source));
    to = target;
    return;
  }
  for (; to < target; to++, source++) store<u8>(to, load<u8>(source));
}

/** Makes at least 56 bits available. */
function refill(): void {
  // Past the end there is nothing left to load.
  if (from > end + 8) return;
  bits |= load<u64>(from) << count;
  from += (63 - count) >> 3;
  count |= 56;
}

function take(length: u32): u32 {
  const taken = <u32>(bits & (((<u64>1) << length) - 1));
  bits >>= length;
  count -= length;
  return taken;
}

/** Returns loaded bits of the following whole bytes to the input. */
function toByte(): void {
  from -= count >> 3;
  bits = 0;
  count = 0;
}

/** RFC 1950, 9. */
function adler(first: usize, last: usize): u32 {
  let a: u32 = 1;
  let b: u32 = 0;
  for (let at = first; at < last; ) {
    const stop = min(at + MAX_SUMMED, last);
    for (; at + 4 <= stop; at += 4) {
      const word = load<u32>(at);
      a += word & 255;
      b += a;
      a += (word >> 8) & 255;
      b += a;
      a += (word >> 16) & 255;
      b += a;
      a += word >> 24;
      b += a;
    }
    for (; at < stop; at++) {
      a += load<u8>(at);
      b += a;
    }
    a %= MODULUS;
    b %= MODULUS;
  }
  return (b << 16) | a;
}
