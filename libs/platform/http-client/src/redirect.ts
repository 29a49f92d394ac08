import { oneLine } from '@crates-mirror/errors';

const MAX_REDIRECTS = 5;

export interface Location {
  readonly origin: string;
  /** path and query */
  readonly path: string;
}

/** Splits an absolute http or https URL into the parts needed for a request. */
export function locationOf(url: URL): Location {
  return { origin: url.origin, path: url.pathname + url.search };
}

/** The target of a redirect, or a one-line reason why it is not followed. */
export function resolveRedirect(
  from: Location,
  header: string | undefined,
  followed: number,
): Location | string {
  if (header === undefined) return 'redirect without a Location';
  if (followed >= MAX_REDIRECTS) return `more than ${MAX_REDIRECTS} redirects`;
  const base = from.origin + from.path;
  if (!URL.canParse(header, base)) return `redirect to a malformed URL: ${oneLine(header)}`;
  const target = new URL(header, base);
  if (target.protocol !== 'https:' && target.protocol !== 'http:')
    return `redirect to ${oneLine(target.protocol)} refused`;
  if (from.origin.startsWith('https:') && target.protocol === 'http:')
    return 'redirect from https to http refused';
  return locationOf(target);
}
