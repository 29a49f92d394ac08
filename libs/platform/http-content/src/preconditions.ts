import type { IncomingHttpHeaders } from 'node:http';

/** The validators of a resource in a response. */
export interface Validators {
  /** A strong entity tag, with its quotes. */
  readonly etag: string;
  /**
   * ms since the epoch (HTTP's dates have whole seconds); undefined if only the tag is meaningful
   */
  readonly lastModified: number | undefined;
}

export type Verdict = 'send' | 'not-modified' | 'failed';

/** Evaluates the preconditions of a GET or HEAD in the order of RFC 9110, 13.2.2. */
export function checkPreconditions(
  headers: IncomingHttpHeaders,
  { etag, lastModified }: Validators,
): Verdict {
  const ifMatch = headers['if-match'];
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, etag, false)) return 'failed';
  } else if (isBefore(headers['if-unmodified-since'], lastModified)) {
    return 'failed';
  }
  const ifNoneMatch = headers['if-none-match'];
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, etag, true) ? 'not-modified' : 'send';
  const since = parseDate(headers['if-modified-since']);
  const isUnchanged = since !== undefined && lastModified !== undefined && toSeconds(lastModified) <= since;
  return isUnchanged ? 'not-modified' : 'send';
}

/** Whether the client checks its copy with this tag: if so, the response has no body. */
export function isRevalidation(headers: IncomingHttpHeaders, etag: string): boolean {
  return checkPreconditions(headers, { etag, lastModified: undefined }) === 'not-modified';
}

/** Whether a range may be sent, or only the whole (RFC 9110, 13.1.5). */
export function isRangeCurrent(headers: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  const ifRange = headers['if-range'];
  if (typeof ifRange !== 'string') return true;
  if (ifRange.startsWith('"')) return ifRange === etag;
  return lastModified !== undefined && parseDate(ifRange) === toSeconds(lastModified);
}

const ENTITY_TAG = /(W\/)?("[^"]*")/g;

function matches(list: string, etag: string, weakly: boolean): boolean {
  if (list.trim() === '*') return true;
  for (const [, weak, tag] of list.matchAll(ENTITY_TAG)) {
    if (tag === etag && (weakly || weak === undefined)) return true;
  }
  return false;
}

function isBefore(date: string | undefined, lastModified: number | undefined): boolean {
  const seconds = parseDate(date);
  return seconds !== undefined && lastModified !== undefined && seconds < toSeconds(lastModified);
}

/** The formats of RFC 9110, 5.6.7, all in GMT: the current one, and the two obsolete ones. */
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
const RFC850_DATE = /^[A-Z][a-z]{5,8}, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/;
const ASCTIME_DATE = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

/**
 * Seconds since the epoch; undefined if there is no date, or an invalid one, which must be ignored.
 */
function parseDate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  // asctime's format does not include GMT.
  if (ASCTIME_DATE.test(text)) return parseGmt(`${text} GMT`);
  return IMF_FIXDATE.test(text) || RFC850_DATE.test(text) ? parseGmt(text) : undefined;
}

function parseGmt(text: string): number | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : toSeconds(ms);
}

function toSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}
