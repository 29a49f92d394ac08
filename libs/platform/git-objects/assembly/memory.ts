/** The module's memory. Compressed bytes are put at INPUT, what they come to stands behind them. Nothing is allocated. */

/** A litlen table of 10 bits, with a table of 5 more bits for each of 288 symbols at most. 32-bit entries. */
export const LITERAL_BITS: i32 = 10;
export const LITERAL_TABLE: i32 = 0x1000;
/** One of 8 bits, with a table of 7 more for each of 32 symbols at most. */
export const DISTANCE_BITS: i32 = 8;
export const DISTANCE_TABLE: i32 = LITERAL_TABLE + ((1 << LITERAL_BITS) + (288 << 5)) * 4;
/** The code of the code lengths, of 7 bits, stands where distances come afterwards. */
export const LENGTHS: i32 = DISTANCE_TABLE + ((1 << DISTANCE_BITS) + (32 << 7)) * 4;
/** Symbols in the order of their codes, 16 bits each. The lengths before are of 288 and 32 symbols, a byte each. */
export const SORTED: i32 = LENGTHS + 512;
export const INPUT: i32 = 0x2_0000;
/** Room after the input and after the output, for reads and writes of sixteen bytes that go beyond them. */
export const SLACK: i32 = 32;
