/** What a sidecar's name has more than its crate file's. */
export const SIDECAR_SUFFIX = '.json';
