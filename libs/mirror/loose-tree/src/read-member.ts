import type { PlacedMember } from '@crates-mirror/bundle/reading';

/** An accepted member, with its entry in the bundle's manifest. */
export interface ReadMember {
  readonly path: string;
  /** bytes */
  readonly size: number;
  readonly expected: PlacedMember | undefined;
  readonly content: AsyncIterable<Buffer> | Iterable<Buffer>;
}
