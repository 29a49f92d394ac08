import { parseCrateUrl } from '@crates-mirror/layout';

/** A crate file named by a line of a list. */
export interface ListedCrate {
  readonly url: URL;
  readonly name: string;
  readonly version: string;
}

/**
 * Parses a line of a list. Lists are untrusted input.
 *
 * @returns the crate file, or a description of the error
 */
export function parseListUrl(text: string): ListedCrate | string {
  if (/\s/.test(text)) return `a URL has no spaces: ${text}`;
  if (!URL.canParse(text)) return `not a URL: ${text}`;
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return `not an http:// or https:// URL: ${text}`;
  if (url.username !== '' || url.password !== '') return 'URLs with a user name or password are not taken';
  if (/[/\\](\.|%2e){1,2}([/\\?#]|$)/i.test(text)) return `a URL with '.' or '..' in its path: ${text}`;
  const crate = parseCrateUrl(url);
  if (crate === undefined) return `names no crate version ({crate}-{version}.crate): ${text}`;
  url.hash = '';
  return { url, ...crate };
}
