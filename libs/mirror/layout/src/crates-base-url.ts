import { UsageError } from '@crates-mirror/errors';
import { compileTemplate } from './template.ts';

/**
 * Validates the base URL of crate files: an http or https URL without credentials, query or
 * fragment, or one with cargo's `dl` markers in its path. Trailing slashes are removed.
 * @throws UsageError
 */
export function parseCratesBaseUrl(text: string): string {
  // An unknown marker is a mistake. Without this check it would be requested literally.
  if (!/[{}]/.test(text)) return parseBaseUrl(text);
  if (/\p{Cc}/u.test(text)) throw new UsageError(`'${plain(text)}' has a control character`);
  compileTemplate(text);
  const [, authority, path] = /^(https?:\/\/[^/{]+)(\/.*)$/i.exec(text) ?? [];
  if (authority === undefined || path === undefined) {
    throw new UsageError(`'${text}' has a marker in its host`, { hint: 'Markers belong in the path' });
  }
  parseBaseUrl(text.replaceAll(/[{}]/g, ''));
  return new URL(authority).origin + path;
}

function plain(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '?');
}

function parseBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new UsageError(`'${text}' is not an http:// or https:// URL`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new UsageError('a base URL takes no user name, password, query or fragment');
  }
  return url.href.replace(/\/+$/, '');
}
