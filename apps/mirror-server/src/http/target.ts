/** What a request asks for. */
export interface Target {
  /** Decoded segments of the path; the last is empty where it ends in a slash. */
  readonly segments: readonly string[];
  /** Without its question mark; empty where there is none. */
  readonly query: string;
}

const LONGEST = 2048;

/**
 * Takes a request's target apart, once decoded and no more. What could lead anywhere but straight down is refused:
 * encoded slashes, backslashes, dot segments, control characters.
 *
 * @returns the status of the refusal: 400 for what is no path, 414 for one that nothing here can have
 */
export function parseTarget(url: string): Target | 400 | 414 {
  if (url.length > LONGEST) return 414;
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
