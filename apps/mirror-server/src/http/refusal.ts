import type { Request } from '@crates-mirror/http-content';
import { isForApi } from '../api/answer-api.ts';

/** Bytes of a request's header. */
export const MAX_HEADER_BYTES: number = 16 << 10;
/**
 * Requests under way on an HTTP/1.1 connection. node:http accepts thousands of pipelined requests,
 * and each could hold an open file.
 */
const MAX_UNDER_WAY = 16;
/** Overhead that HTTP/2 counts per field, besides its name and value (RFC 9113, 6.5.2). */
const FIELD_OVERHEAD = 32;
/** A host and a port as in RFC 3986, both of which may be empty. */
const HOST = /^(?:[\w.~!$&'()*+,;=%-]*|\[[\da-f:.]+\])(?::\d*)?$/i;

/**
 * Maximum bytes of a publish request: the crate and its metadata. crates.io accepts 10 MiB, and
 * more for a few crates.
 */
const MAX_FOR_API = 64 << 20;

/** Why a request is rejected before it is routed. */
export interface Refusal {
  readonly status: number;
  readonly why: string;
}

/**
 * Rejects a request that is malformed, or carries more than a mirror accepts, in either version of
 * HTTP.
 *
 * @param underWay unanswered requests on its connection, including this one; HTTP/2 streams have
 * their own limit
 * @returns undefined if the request is acceptable
 */
export function refusalOf(request: Request, underWay: number): Refusal | undefined {
  if (underWay > MAX_UNDER_WAY) return { status: 429, why: 'too many requests ahead of their answers' };
  if (!isOneHost(request)) return { status: 400, why: 'the Host is none, or there are several' };
  if (hasBody(request) && !isTakenByApi(request)) return { status: 413, why: whyNoBody(request) };
  // node:http enforces the limit itself. node:http2 has no limit below 64 KiB, and resets streams
  // instead of answering.
  if ('stream' in request && headerBytes(request) > MAX_HEADER_BYTES)
    return { status: 431, why: 'the header is too large' };
  return undefined;
}

/**
 * RFC 9112, 3.2: with several hosts, a proxy may use one of them and a server the other. node:http
 * itself rejects requests without a Host.
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

/**
 * The API reads such a body before it explains why publishing is refused, because a client that is
 * cut off while sending never sees the explanation.
 */
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
