/**
 * Percent-encodes everything but the unreserved characters of RFC 3986, in upper-case hex: the only
 * form that Signature Version 4 accepts.
 */
export function encodeStrict(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Like {@link encodeStrict}, for a key or a path, whose slashes stay. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeStrict).join('/');
}

/** A query as used in signatures: sorted by the code units of its encoded names. */
export function encodeQuery(query: Readonly<Record<string, string>>): string {
  return Object.entries(query)
    .map(([name, value]) => [encodeStrict(name), encodeStrict(value)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}
