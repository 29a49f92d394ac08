/** Suffix that a sidecar's name adds to that of its crate file. */
export const SIDECAR_SUFFIX = '.json';
