import type { IncomingHttpHeaders } from 'node:http';

/** How a client has reached a proxy, as far as the proxy says. */
export interface ForwardedOrigin {
  readonly proto: string | undefined;
  readonly host: string | undefined;
}

const HEADER = /^(?:forwarded|x-forwarded-.+)$/;
/** `name=token` or `name="quoted"`, and what follows it (RFC 7239, section 4). */
const PAIR = /[ \t]*([!#$%&'*+.^_`|~\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~\w-]+))[ \t]*(;|,|$)/y;

/** The name of a header that proxies add; undefined where there is none. */
export function forwardingHeader(headers: IncomingHttpHeaders): string | undefined {
  return Object.keys(headers).find((name) => HEADER.test(name));
}

/**
 * What `Forwarded`, `X-Forwarded-Proto` and `X-Forwarded-Host` say. Of a list the last element
 * counts: the proxy that is connected to this server has added it, and what stands before it may be
 * the client's invention.
 *
 * @returns undefined where they are malformed, or contradict each other
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

/** null where they differ: one of them may have come from the client. */
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
