import { HpackError } from './hpack-error.ts';

/**
 * Bits of each symbol's code, 0 to 255 and then end of string (RFC 7541, appendix B). The code is
 * canonical: codes of one length are consecutive in the order of their symbols, so the lengths
 * determine it completely.
 */
const LENGTHS: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7,
  8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19,
  13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13,
  28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21,
  22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23,
  22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25,
  25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];
const END_OF_STRING = 256;
const MAX_PADDING = 7;

/** Codes of at most this many bits, nearly all that occur in headers, are looked up at once. */
const LOOK_UP_BITS = 9;

/**
 * A tree in two arrays: from a node, by bit, to the next; a symbol is stored as its complement
 * (below 0).
 */
type Tree = readonly [Int16Array, Int16Array];

interface Tables {
  readonly tree: Tree;
  readonly lookUp: Uint16Array;
}

let tables: Tables | undefined;

/** Built on the first response: a run without requests does not need it. */
function theTables(): Tables {
  if (tables === undefined) {
    const codes = canonicalCodes();
    tables = { tree: buildTree(codes), lookUp: buildLookUp(codes) };
  }
  return tables;
}

interface Code {
  readonly symbol: number;
  readonly bits: number;
  readonly length: number;
}

function canonicalCodes(): Code[] {
  const symbols = LENGTHS.map((length, symbol) => ({ length, symbol })).sort(
    (a, b) => a.length - b.length || a.symbol - b.symbol,
  );
  let next = 0;
  let nextLength = 0;
  return symbols.map(({ length, symbol }) => {
    next *= 2 ** (length - nextLength);
    nextLength = length;
    next += 1;
    return { symbol, bits: next - 1, length };
  });
}

function buildTree(codes: readonly Code[]): Tree {
  const nodes = LENGTHS.length - 1;
  const branches = [new Int16Array(nodes), new Int16Array(nodes)] as const;
  let used = 1;
  for (const { symbol, bits, length } of codes) {
    let node = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const branch = branches[((bits >>> bit) & 1) as 0 | 1];
      if (branch[node] === 0) {
        branch[node] = used;
        used += 1;
      }
      node = branch[node] as number;
    }
    branches[(bits & 1) as 0 | 1][node] = ~symbol;
  }
  return branches;
}

/**
 * Indexed by the next bits: `symbol << 4 | length` of the code at their start; 0 for longer codes.
 */
function buildLookUp(codes: readonly Code[]): Uint16Array {
  const table = new Uint16Array(1 << LOOK_UP_BITS);
  for (const { symbol, bits, length } of codes) {
    if (length > LOOK_UP_BITS) continue;
    const free = LOOK_UP_BITS - length;
    table.fill((symbol << 4) | length, bits << free, (bits + 1) << free);
  }
  return table;
}

let scratch: Buffer = Buffer.allocUnsafeSlow(256);

/** Decodes a Huffman-coded string (RFC 7541, 5.2) to Latin-1 text. @throws HpackError */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string {
  const { lookUp } = theTables();
  // No code is shorter than five bits.
  const most = Math.ceil(((end - start) * 8) / 5);
  if (scratch.length < most) scratch = Buffer.allocUnsafeSlow(most);
  let length = 0;
  let at = start;
  /** Bits read but not used yet, in the low end of `window`. */
  let window = 0;
  let held = 0;
  for (;;) {
    while (held < LOOK_UP_BITS && at < end) {
      window = ((window << 8) | (bytes[at] as number)) & 0xffffff;
      held += 8;
      at += 1;
    }
    const known = held < LOOK_UP_BITS ? 0 : (lookUp[(window >>> (held - LOOK_UP_BITS)) & 0x1ff] as number);
    if (known === 0) break;
    scratch[length] = known >>> 4;
    length += 1;
    held -= known & 0xf;
  }
  // The rest is the end, or begins with a long code.
  return scratch.toString('latin1', 0, length) + decodeByBits(bytes, at * 8 - held, end * 8);
}

/** @param from position in bits, at the start of a code */
function decodeByBits(bytes: Uint8Array, from: number, to: number): string {
  const { tree } = theTables();
  let text = '';
  let node = 0;
  let padding = 0;
  let isOnes = true;
  for (let at = from; at < to; at++) {
    const bit = (((bytes[at >>> 3] as number) >>> (7 - (at & 7))) & 1) as 0 | 1;
    node = tree[bit][node] as number;
    padding += 1;
    if (bit === 0) isOnes = false;
    if (node >= 0) continue;
    if (~node === END_OF_STRING) throw new HpackError('end of string within a string');
    text += String.fromCharCode(~node);
    node = 0;
    padding = 0;
    isOnes = true;
  }
  if (padding > MAX_PADDING || !isOnes) throw new HpackError('wrong padding of a string');
  return text;
}
