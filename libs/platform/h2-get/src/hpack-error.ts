/**
 * A malformed header block: the rest of its connection cannot be decoded either (RFC 7541, 2.2).
 */
export class HpackError extends Error {}
