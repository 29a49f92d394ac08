import { UsageError } from '@crates-mirror/errors';

/**
 * Parses the URL at which clients reach a server.
 *
 * @returns it without a trailing slash
 * @throws UsageError
 */
export function parsePublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw new UsageError(`'${text}' is not an http:// or https:// URL`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new UsageError('a public URL takes no user name, password, query or fragment');
  // cargo would interpret braces as template markers.
  if (/[{}]|%7[bd]/i.test(url.href)) throw new UsageError(`'${text}' has a brace in it`);
  return url.href.replace(/\/+$/, '');
}
