import type { Bounds } from '@crates-mirror/concurrency';

/** What two cores had before the limit followed the line. */
const START_REQUESTS = 64;
/** What a line of 250 ms needs for 8,000 crate files a second, which is more than four cores have been seen to take. */
const MAX_REQUESTS = 2048;
/** What a request under way holds on average: its body as far as it has come, and all that describes it. Bytes. */
const PER_REQUEST = 128 << 10;
/** Of the memory that is free, requests may hold so much. */
const SHARE_OF_MEMORY = 1 / 4;

/** What a connection reads at a time, bytes. */
const READ = 64 << 10;
/** A connection of which nothing is read for a minute is given up by many a server (nginx's send_timeout). s */
const MAX_TURN_S = 10;

/**
 * @param memory that is free, bytes
 * @param rate that is not to be exceeded, bytes/s
 */
export function requestBounds(lanes: number, memory: number, rate: number | undefined): Bounds {
  const fit = Math.floor((memory * SHARE_OF_MEMORY) / PER_REQUEST);
  const most = Math.max(lanes, Math.min(MAX_REQUESTS, Math.max(START_REQUESTS, fit), mostAtRate(rate)));
  return { least: lanes, most, start: Math.min(startRequests(rate), most) };
}

/** What a run begins with. @param rate that is not to be exceeded, bytes/s */
export function startRequests(rate: number | undefined): number {
  return Math.min(START_REQUESTS, mostAtRate(rate));
}

/** Each has its turn of reading often enough. */
function mostAtRate(rate: number | undefined): number {
  return rate === undefined ? MAX_REQUESTS : Math.max(1, Math.floor((rate * MAX_TURN_S) / READ));
}
