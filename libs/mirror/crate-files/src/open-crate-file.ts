/** A crate file that can be read in parts, any number of times, until it is closed. */
export interface OpenCrateFile {
  /** bytes */
  readonly size: number;
  /**
   * Bytes `start` to `end` (inclusive).
   * @throws CodedError if they are damaged or cannot be read now
   */
  read(range: { readonly start: number; readonly end: number }): AsyncIterable<Buffer>;
  close(): void;
}
