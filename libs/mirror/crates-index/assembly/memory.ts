/** The module's memory. Bytes to work on are put at INPUT, at most MAX_INPUT of them. Nothing is allocated. */

/** Static data lies below. */
export const INPUT: i32 = 0x1_0000;
export const MAX_INPUT: i32 = 4 << 20;
/** Room after the input, for reads that go beyond it and the zeros that stop them. */
export const SLACK: i32 = 64;
/** Rows of what {@link scan} has found. */
export const ROWS: i32 = INPUT + MAX_INPUT + SLACK;
export const MAX_ROWS: i32 = 1024;
/** A row: eight 32-bit integers. */
export const ROW_BYTES: i32 = 32;
/** What was indented. Twice as much as can be read, so that it mostly comes at once. */
export const OUTPUT: i32 = ROWS + MAX_ROWS * ROW_BYTES;
export const MAX_OUTPUT: i32 = 2 * MAX_INPUT;
