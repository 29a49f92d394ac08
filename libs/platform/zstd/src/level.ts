/** zstd's own levels, including those of `zstd --ultra`. */
export const MIN_LEVEL = 1;
export const MAX_LEVEL = 22;
/** The default of the `zstd` command. */
export const DEFAULT_LEVEL = 3;
