/**
 * The module's memory. Compressed bytes are put at INPUT, with the output behind them. Nothing is
 * allocated.
 */

/**
 * A litlen table of 10 bits, plus a table of 5 more bits for each of at most 288 symbols. 32-bit
 * entries.
 */
export const LITERAL_BITS: i32 = 10;
export const LITERAL_TABLE: i32 = 0x1000;
/** A table of 8 bits, plus a table of 7 more bits for each of at most 32 symbols. */
export const DISTANCE_BITS: i32 = 8;
export const DISTANCE_TABLE: i32 = LITERAL_TABLE + ((1 << LITERAL_BITS) + (288 << 5)) * 4;
/** The code of the code lengths, of 7 bits, temporarily uses the space of the distances. */
export const LENGTHS: i32 = DISTANCE_TABLE + ((1 << DISTANCE_BITS) + (32 << 7)) * 4;
/**
 * Symbols in the order of their codes, 16 bits each. The preceding lengths are of 288 and 32
 * symbols, a byte each.
 */
export const SORTED: i32 = LENGTHS + 512;
export const INPUT: i32 = 0x2_0000;
/**
 * Room after the input and after the output, for reads and writes of sixteen bytes that overrun
 * them.
 */
export const SLACK: i32 = 32;
