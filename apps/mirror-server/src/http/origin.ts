import type { Request } from '@crates-mirror/http-content';

const HOST = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i;

const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;

/**
 * The URL that a client has used to come here, without a slash at its end: what it may be told to use again.
 *
 * @param publicUrl what an operator says of it, which counts
 * @returns undefined where the client does not tell
 */
export function originOf(
  request: Request,
  publicUrl: string | undefined,
  isTls: boolean,
): string | undefined {
  if (publicUrl !== undefined) return publicUrl;
  const host = hostOf(request);
  return typeof host === 'string' && HOST.test(host) ? `${isTls ? 'https' : 'http'}://${host}` : undefined;
}

/** A target with a host of its own counts more than a Host beside it (RFC 9112, 3.2.2). */
function hostOf({ url, headers }: Request): string | readonly string[] | undefined {
  return ABSOLUTE.exec(url ?? '')?.[1] ?? headers[':authority'] ?? headers.host;
}
