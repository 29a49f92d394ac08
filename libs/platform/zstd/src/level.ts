/** zstd's own levels, those of `zstd --ultra` included. */
export const MIN_LEVEL = 1;
export const MAX_LEVEL = 22;
/** That of the command `zstd`. */
export const DEFAULT_LEVEL = 3;
