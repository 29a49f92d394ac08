/**
 * Marks in templates for the values that differ between the versions of a crate. These characters
 * occur in no path, name or URL.
 */
export const MARK = { version: 1, size: 2, sha256: 3, time: 4, versionInUrl: 5 } as const;

/** Maximum number of marks in a template. */
export const MAX_MARKS = 32;
