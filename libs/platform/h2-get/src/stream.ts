import { type Seated, Slots } from './slots.ts';
import type { StreamHandler } from './stream-handler.ts';

/** A request under way on a connection. */
export interface Stream extends Seated {
  readonly id: number;
  readonly handler: StreamHandler;
  hasHeaders: boolean;
  /** bytes received since the last WINDOW_UPDATE */
  consumed: number;
}

export class Streams extends Slots<Stream> {
  /** There are some dozens of streams at most: going through them takes no longer than asking a Map. */
  find(wanted: number): Stream | undefined {
    const { all } = this;
    // Not for-of, whose iterators are garbage of every frame until it has been compiled.
    for (let seat = 0; seat < all.length; seat++) if (all[seat]?.id === wanted) return all[seat];
    return undefined;
  }
}
