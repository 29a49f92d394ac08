/** A crate file that may be in a sample. */
export interface Candidate {
  /** Its place in the order that the seed makes: uniform in [0, 2^53). */
  readonly rank: number;
  readonly name: string;
  readonly version: string;
  readonly url: string;
  readonly origin: string;
  /** lower-case hex; undefined where nothing tells it */
  readonly sha256: string | undefined;
}
