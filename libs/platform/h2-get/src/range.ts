/** A partially received body, for requesting the rest (RFC 9110, 14.2 and 13.1.5). */
export interface Resume {
  /** bytes received; fewer than `length` */
  readonly from: number;
  /** bytes of the whole body */
  readonly length: number;
  /** A strong validator: an ETag, or else a Last-Modified. */
  readonly validator: string;
}

/** A GET of only the first byte. */
export const SIZE = 'SIZE';
/** Requests a single byte: only the total size in the response is needed. */
export const FIRST_BYTE = 'bytes=0-0';

/** `bytes=1000-` */
export function rangeOf({ from }: Resume): string {
  return `bytes=${from}-`;
}
