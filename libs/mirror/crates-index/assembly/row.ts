/** Offsets of the integers in a row. The first seven are addresses. */
export const START: usize = 0;
export const END: usize = 4;
export const NAME: usize = 8;
export const NAME_END: usize = 12;
export const VERSION: usize = 16;
export const VERSION_END: usize = 20;
export const CKSUM: usize = 24;
export const FLAGS: usize = 28;

/** The line was read. */
export const READ: i32 = 1;
export const YANKED: i32 = 2;
/** It has a field that cargo does not define. */
export const OTHER_FIELDS: i32 = 4;
/** The previous line was read as well and has the same name. */
export const SAME_NAME: i32 = 8;
