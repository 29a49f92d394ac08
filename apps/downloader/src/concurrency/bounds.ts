import type { Bounds } from '@crates-mirror/concurrency';

/** The number used for two cores before the limit became adaptive. */
const START_REQUESTS = 64;
/**
 * The number needed for 8,000 crate files a second over a line of 250 ms, which is more than four
 * cores were seen to process.
 */
const MAX_REQUESTS = 2048;
/**
 * Average memory of a request in progress, in bytes: the body received so far and all related
 * objects.
 */
const PER_REQUEST = 128 << 10;
/** The fraction of free memory that requests may use. */
const SHARE_OF_MEMORY = 1 / 4;

/** Bytes that a connection reads at a time. */
const READ = 64 << 10;
/**
 * In s. Many servers close a connection that is not read from for a minute (nginx's send_timeout).
 */
const MAX_TURN_S = 10;

/** @param memory free memory, bytes @param rate maximum rate, bytes/s */
export function requestBounds(lanes: number, memory: number, rate: number | undefined): Bounds {
  const fit = Math.floor((memory * SHARE_OF_MEMORY) / PER_REQUEST);
  const most = Math.max(lanes, Math.min(MAX_REQUESTS, Math.max(START_REQUESTS, fit), maxAtRate(rate)));
  return { least: lanes, most, start: Math.min(startRequests(rate), most) };
}

/** The initial number of requests of a run. @param rate maximum rate, bytes/s */
export function startRequests(rate: number | undefined): number {
  return Math.min(START_REQUESTS, maxAtRate(rate));
}

/** The number at which each connection gets to read often enough. */
function maxAtRate(rate: number | undefined): number {
  return rate === undefined ? MAX_REQUESTS : Math.max(1, Math.floor((rate * MAX_TURN_S) / READ));
}
