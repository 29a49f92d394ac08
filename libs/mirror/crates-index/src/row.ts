/** The integers in a row of `assembly/scan.ts`: 32 bits each, all addresses except the flags. */
export const ROW = 8;
export const START = 0;
export const END = 1;
export const NAME = 2;
export const NAME_END = 3;
export const VERSION = 4;
export const VERSION_END = 5;
export const CKSUM = 6;
export const FLAGS = 7;
export const CKSUM_LENGTH = 64;
