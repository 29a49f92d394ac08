import type { BytePath } from '../byte-path.ts';
import type { IsLeftOut, Walked, WalkedFile } from './walk.ts';

/** Files below a root. */
export interface Tree {
  /** All entries in the order of a walk, see `walk`. */
  walk(isLeftOut: IsLeftOut): Iterable<Walked> | AsyncIterable<Walked>;
  /** Looks for a file that the walk has not met. @returns undefined if it does not exist */
  find(path: BytePath): Promise<WalkedFile | undefined>;
  close(): void;
}
