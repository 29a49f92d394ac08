import { Slots, type Slotted } from './slots.ts';
import type { StreamHandler } from './stream-handler.ts';

/** A request under way on a connection. */
export interface Stream extends Slotted {
  readonly id: number;
  readonly handler: StreamHandler;
  hasHeaders: boolean;
  /** bytes received since the last WINDOW_UPDATE */
  consumed: number;
}

export class Streams extends Slots<Stream> {
  /** There are at most some dozens of streams: a linear search is as fast as a Map. */
  find(wanted: number): Stream | undefined {
    const { all } = this;
    // Not for-of, which allocates an iterator for every frame until it has been compiled.
    for (let slot = 0; slot < all.length; slot++) if (all[slot]?.id === wanted) return all[slot];
    return undefined;
  }
}
