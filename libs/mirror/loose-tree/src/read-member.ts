import type { PlacedMember } from '@crates-mirror/bundle/reading';

/** A member that may be taken, with what its bundle's manifest says of it. */
export interface ReadMember {
  readonly path: string;
  /** bytes */
  readonly size: number;
  readonly expected: PlacedMember | undefined;
  readonly content: AsyncIterable<Buffer> | Iterable<Buffer>;
}
