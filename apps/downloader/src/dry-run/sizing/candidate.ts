/** A crate file that may be in a sample. */
export interface Candidate {
  /** Its rank in the order determined by the seed, uniform in [0, 2^53). */
  readonly rank: number;
  readonly name: string;
  readonly version: string;
  readonly url: string;
  readonly origin: string;
  /** Lower-case hex; undefined if unknown. */
  readonly sha256: string | undefined;
}
