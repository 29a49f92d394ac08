/** The module's memory. The caller puts at most MAX_INPUT bytes at INPUT. Nothing is allocated. */

/** Static data lies below. */
export const INPUT: i32 = 0x1_0000;
export const MAX_INPUT: i32 = 4 << 20;
/** Room after the input for reads beyond its end and for the zeros that stop them. */
export const SLACK: i32 = 64;
/** The rows found by {@link scan}. */
export const ROWS: i32 = INPUT + MAX_INPUT + SLACK;
export const MAX_ROWS: i32 = 1024;
/** A row: eight 32-bit integers. */
export const ROW_BYTES: i32 = 32;
/** Indented output. Twice the size of the input, so that one call mostly suffices. */
export const OUTPUT: i32 = ROWS + MAX_ROWS * ROW_BYTES;
export const MAX_OUTPUT: i32 = 2 * MAX_INPUT;
