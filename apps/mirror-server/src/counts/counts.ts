/** What a mirror holds. */
export interface Counts {
  readonly crates: number;
  readonly versions: number;
  /** bytes of crate files */
  readonly bytes: number;
  /** When it had been counted, ms since the epoch; undefined while it is counted for the first time. */
  readonly finishedAt: number | undefined;
}

/** What the counting thread tells of a piece of the index. */
export interface CountedPiece {
  readonly versions: number;
  readonly bytes: number;
  /** Of the crates of which something is held, each with a newline. */
  readonly names: string;
}

/** What the counting thread works on. */
export interface CountingTask {
  readonly indexDir: string;
  readonly mirror: { readonly root: string; readonly layout: string } | undefined;
  /** A MemberTable's memory. */
  readonly bundled: SharedArrayBuffer | undefined;
}
