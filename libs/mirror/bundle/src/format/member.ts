/** A crate file on its way into a bundle. */
export interface Member {
  readonly url: string;
  readonly name: string;
  readonly version: string;
  /** In the tar: the layout's path, with `/`. */
  readonly path: string;
  /** bytes */
  readonly size: number;
  /** lower-case hex */
  readonly sha256: string;
}

/** A member whose place is known. */
export interface PlacedMember extends Member {
  /** Where its content begins: bytes of tar from the start of the bundle, or of the group it comes with. */
  readonly offset: number;
}
