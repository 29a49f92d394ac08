/** The parsed target of a request. */
export interface Target {
  /** Decoded path segments. The last one is empty if the path ends in a slash. */
  readonly segments: readonly string[];
  /** Without the question mark; empty if there is none. */
  readonly query: string;
}

const MAX_URL = 2048;

/**
 * Parses a request target, decoding it exactly once. Rejects anything that could leave the
 * directory tree: encoded slashes, backslashes, dot segments and control characters.
 *
 * @returns the status of the refusal: 400 for a malformed path, 414 for one longer than any path
 * served here
 */
export function parseTarget(url: string): Target | 400 | 414 {
  if (url.length > MAX_URL) return 414;
  const path = /^(?:https?:\/\/[^/?#]*)?(\/[^?#]*)(?:\?([^#]*))?$/i.exec(url);
  if (path === null) return 400;
  const segments: string[] = [];
  for (const text of (path[1] as string).slice(1).split('/')) {
    const segment = decode(text);
    if (segment === undefined || !isPlain(segment)) return 400;
    segments.push(segment);
  }
  return { segments, query: path[2] ?? '' };
}

function isPlain(segment: string): boolean {
  return !/[\p{Cc}/\\]/u.test(segment) && segment !== '.' && segment !== '..';
}

function decode(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
