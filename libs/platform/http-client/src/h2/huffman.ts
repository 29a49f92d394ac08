import { HpackError } from './hpack-error.ts';

/**
 * Bits of each symbol's code, 0 to 255 and then end of string (RFC 7541, appendix B). The code is canonical: codes of one
 * length are consecutive in the order of their symbols, so that the lengths tell it whole.
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
const LONGEST_PADDING = 7;

/** A tree in two arrays: from a node, by bit, to the next; a symbol is there as its complement (below 0). */
const next = buildTree();

function buildTree(): readonly [Int16Array, Int16Array] {
  const nodes = LENGTHS.length - 1;
  const tree = [new Int16Array(nodes), new Int16Array(nodes)] as const;
  const symbols = LENGTHS.map((length, symbol) => ({ length, symbol })).sort(
    (a, b) => a.length - b.length || a.symbol - b.symbol,
  );
  let used = 1;
  let code = 0;
  let codeLength = (symbols[0] as { length: number }).length;
  for (const { length, symbol } of symbols) {
    code *= 2 ** (length - codeLength);
    codeLength = length;
    let node = 0;
    for (let bit = length - 1; bit > 0; bit--) {
      const branch = tree[((code >>> bit) & 1) as 0 | 1];
      if (branch[node] === 0) {
        branch[node] = used;
        used += 1;
      }
      node = branch[node] as number;
    }
    tree[(code & 1) as 0 | 1][node] = ~symbol;
    code += 1;
  }
  return tree;
}

/** Decodes a Huffman-coded string (RFC 7541, 5.2) to Latin-1 text. @throws HpackError */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let node = 0;
  let padding = 0;
  let isOnes = true;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    for (let bit = 7; bit >= 0; bit--) {
      const one = ((byte >>> bit) & 1) as 0 | 1;
      node = next[one][node] as number;
      padding += 1;
      if (one === 0) isOnes = false;
      if (node >= 0) continue;
      if (~node === END_OF_STRING) throw new HpackError('end of string within a string');
      text += String.fromCharCode(~node);
      node = 0;
      padding = 0;
      isOnes = true;
    }
  }
  if (padding > LONGEST_PADDING || !isOnes) throw new HpackError('wrong padding of a string');
  return text;
}
