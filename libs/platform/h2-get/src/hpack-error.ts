/** A header block that makes no sense: what follows on its connection cannot be understood either (RFC 7541, 2.2). */
export class HpackError extends Error {}
