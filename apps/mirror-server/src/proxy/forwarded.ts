import type { IncomingHttpHeaders } from 'node:http';

/** How a client reached a proxy, according to the proxy. */
export interface ForwardedOrigin {
  readonly proto: string | undefined;
  readonly host: string | undefined;
}

const HEADER = /^(?:forwarded|x-forwarded-.+)$/;
/** `name=token` or `name="quoted"`, and the delimiter after it (RFC 7239, section 4). */
const PAIR = /[ \t]*([!#$%&'*+.^_`|~\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~\w-]+))[ \t]*(;|,|$)/y;

/** The name of a header that proxies add; undefined if there is none. */
export function forwardingHeader(headers: IncomingHttpHeaders): string | undefined {
  return Object.keys(headers).find((name) => HEADER.test(name));
}

/**
 * Parses `Forwarded`, `X-Forwarded-Proto` and `X-Forwarded-Host`. In a list, only the last element
 * counts: the proxy that is connected to this server added it, and the client may have forged those
 * before it.
 *
 * @returns undefined if they are malformed, or contradict each other
 */
export function forwardedOrigin(headers: IncomingHttpHeaders): ForwardedOrigin | undefined {
  const { forwarded } = headers;
  const standard =
    forwarded === undefined || forwarded === '' ? new Map<string, string>() : lastElement(forwarded);
  if (standard === undefined) return undefined;
  const proto = agreed(standard.get('proto'), lastOf(headers['x-forwarded-proto']));
  const host = agreed(standard.get('host'), lastOf(headers['x-forwarded-host']));
  return proto === null || host === null ? undefined : { proto, host };
}

/** Returns null if they differ, because one of them may have come from the client. */
function agreed(one: string | undefined, other: string | undefined): string | undefined | null {
  if (one === undefined || other === undefined) return one ?? other;
  return one.toLowerCase() === other.toLowerCase() ? one : null;
}

function lastOf(value: string | readonly string[] | undefined): string | undefined {
  return value === undefined ? undefined : String(value).split(',').at(-1)?.trim();
}

function lastElement(header: string): ReadonlyMap<string, string> | undefined {
  let element = new Map<string, string>();
  PAIR.lastIndex = 0;
  for (;;) {
    const [, name = '', quoted, token, end] = PAIR.exec(header) ?? [];
    if (end === undefined || element.has(name.toLowerCase())) return undefined;
    element.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? (token as string));
    if (end === '') return element;
    if (end === ',') element = new Map();
  }
}
