import type { Bounds } from '@crates-mirror/concurrency';

/** What two cores had before the limit followed the line. */
export const START_REQUESTS = 64;
/** What a line of 250 ms needs for 8,000 crate files a second, which is more than four cores have been seen to take. */
const MAX_REQUESTS = 2048;
/** What a request under way holds on average: its body as far as it has come, and all that describes it. Bytes. */
const PER_REQUEST = 128 << 10;
/** Of the memory that is free, requests may hold so much. */
const SHARE_OF_MEMORY = 1 / 4;

/** @param memory that is free, bytes */
export function requestBounds(lanes: number, memory: number): Bounds {
  const fit = Math.floor((memory * SHARE_OF_MEMORY) / PER_REQUEST);
  const most = Math.min(MAX_REQUESTS, Math.max(START_REQUESTS, fit));
  return { least: lanes, most, start: START_REQUESTS };
}
