import type { Request } from '@crates-mirror/http-content';
import { isForApi } from '../api/answer-api.ts';

/** bytes of a request's header */
export const MAX_HEADER_BYTES: number = 16 << 10;
/**
 * Requests that a connection of HTTP/1.1 has under way; node:http takes thousands, and each could
 * hold an open file.
 */
const MAX_UNDER_WAY = 16;
/** What a field counts in HTTP/2 besides its name and its value (RFC 9113, 6.5.2). */
const FIELD_OVERHEAD = 32;
/** A host and a port as RFC 3986 has them, both of which may be left out. */
const HOST = /^(?:[\w.~!$&'()*+,;=%-]*|\[[\da-f:.]+\])(?::\d*)?$/i;

/**
 * bytes of a crate that somebody wants to publish, and what comes with it: crates.io takes 10 MiB,
 * and of a few crates more.
 */
const MAX_FOR_API = 64 << 20;

/** Why a request is not looked at any further. */
export interface Refusal {
  readonly status: number;
  readonly why: string;
}

/**
 * Whether a request is none, or brings more than one that a mirror answers, in either version of
 * HTTP.
 *
 * @param underWay requests on its connection that are not answered yet, with this one; of HTTP/2
 * streams there is a limit
 */
export function refusalOf(request: Request, underWay: number): Refusal | undefined {
  if (underWay > MAX_UNDER_WAY) return { status: 429, why: 'too many requests ahead of their answers' };
  if (!isOneHost(request)) return { status: 400, why: 'the Host is none, or there are several' };
  if (hasBody(request) && !isTakenByApi(request)) return { status: 413, why: whyNoBody(request) };
  // node:http has counted by itself. node:http2 has no limit of its own below 64 KiB, and resets streams instead of answering.
  if ('stream' in request && headerBytes(request) > MAX_HEADER_BYTES)
    return { status: 431, why: 'the header is too large' };
  return undefined;
}

/**
 * RFC 9112, 3.2: a proxy may go by one of two hosts, and a server by the other. None at all is
 * node:http's to refuse.
 */
function isOneHost({ rawHeaders, headers }: Request): boolean {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2)
    if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') count += 1;
  return count === 0 || (count === 1 && HOST.test(headers.host ?? ''));
}

function hasBody(request: Request): boolean {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  if (coding !== undefined) return true;
  if (length !== undefined) return length !== '0';
  return 'stream' in request && !request.stream.endAfterHeaders;
}

/** The API says why it takes nothing, which no client hears that is cut off while it sends. */
function isTakenByApi(request: Request): boolean {
  const { 'transfer-encoding': coding, 'content-length': length } = request.headers;
  return isForApi(request) && coding === undefined && Number(length) <= MAX_FOR_API;
}

function whyNoBody(request: Request): string {
  return isForApi(request)
    ? `a body must have a Content-Length, of ${MAX_FOR_API} bytes at most`
    : 'requests have no body here';
}

function headerBytes({ rawHeaders }: Request): number {
  return rawHeaders.reduce((sum, text) => sum + text.length + FIELD_OVERHEAD / 2, 0);
}
