/** A crate file to be bundled. */
export interface Member {
  readonly url: string;
  readonly name: string;
  readonly version: string;
  /** Path in the tar: the layout's path, with `/`. */
  readonly path: string;
  /** bytes */
  readonly size: number;
  /** lower-case hex */
  readonly sha256: string;
}

/** A member with a known position. */
export interface PlacedMember extends Member {
  /** Offset of its content: bytes of tar from the start of the bundle or of its group. */
  readonly offset: number;
}
