import { UsageError } from '@crates-mirror/errors';
import { PROTOCOLS } from './environment.ts';

/**
 * Checks the address of a repository: a URL, `host:path` for ssh, or a directory. git would take one that begins with a
 * dash for an option, and one like `ext::…` for a program to run. @throws UsageError
 */
export function checkAddress(address: string): void {
  const reject = (why: string): never => {
    throw new UsageError(`'${address}' ${why}`, {
      hint: `Give a URL (${PROTOCOLS.join(', ')}) or a directory`,
    });
  };
  if (address.trim() === '') throw new UsageError('the value is empty');
  if (/\p{Cc}/u.test(address)) reject('has control characters');
  if (address.startsWith('-')) reject('begins with a dash');
  const scheme = /^([A-Za-z0-9+.-]+)::?(.*)$/s.exec(address);
  if (scheme === null || isLocalPath(address)) return;
  if (/^[A-Za-z0-9+.-]+::/.test(address)) reject('names a program to run');
  const [, name = '', rest = ''] = scheme;
  // Without slashes it is ssh's own form.
  if (rest.startsWith('//') && !PROTOCOLS.includes(name.toLowerCase()))
    reject(`has a scheme that is not taken, ${name}`);
}

function isLocalPath(address: string): boolean {
  return /^(\.{0,2}\/|[A-Za-z]:[\\/](?!\/))/.test(address);
}

/** Whether two addresses are the same but for what makes no difference: a slash or `.git` at the end. */
export function isSameAddress(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

function plain(address: string): string {
  return address
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .replace(/\/+$/, '');
}
