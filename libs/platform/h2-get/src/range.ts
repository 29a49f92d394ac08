/** A body of which the beginning has been received, for asking for its rest (RFC 9110, 14.2 and 13.1.5). */
export interface Resume {
  /** bytes received; fewer than `length` */
  readonly from: number;
  /** of the whole body, bytes */
  readonly length: number;
  /** A strong one: an ETag, or else a Last-Modified. */
  readonly validator: string;
}

/** A GET of the first byte alone. */
export const SIZE = 'SIZE';
/** Asks for next to nothing: what the answer is wanted for is the size of the whole. */
export const FIRST_BYTE = 'bytes=0-0';

/** `bytes=1000-` */
export function rangeOf({ from }: Resume): string {
  return `bytes=${from}-`;
}
