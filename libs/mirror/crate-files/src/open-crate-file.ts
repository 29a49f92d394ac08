/** A crate file that can be read in parts, as often as it takes, until it is closed. */
export interface OpenCrateFile {
  /** bytes */
  readonly size: number;
  /** The bytes from `start` to `end`, both included. @throws CodedError where they are damaged, or cannot be read now */
  read(range: { readonly start: number; readonly end: number }): AsyncIterable<Buffer>;
  close(): void;
}
