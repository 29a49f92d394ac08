import { resolve } from 'node:path';
import { UsageError } from '@crates-mirror/errors';
import { PROTOCOLS } from './environment.ts';

/**
 * Checks the address of a repository: a URL, `host:path` for ssh, or a directory. git would treat
 * an address that begins with a dash as an option, and one like `ext::…` as a program to run.
 *
 * @returns the address; a directory as an absolute path
 * @throws UsageError
 */
export function parseAddress(address: string): string {
  const reject = (why: string): never => {
    throw new UsageError(`'${address}' ${why}`, {
      hint: `Give a URL (${PROTOCOLS.join(', ')}) or a directory`,
    });
  };
  if (address.trim() === '') throw new UsageError('the value is empty');
  if (/\p{Cc}/u.test(address)) reject('has control characters');
  if (address.startsWith('-')) reject('begins with a dash');
  const scheme = /^([A-Za-z0-9+.-]+)::?(.*)$/s.exec(address);
  if (isLocalPath(address)) return resolve(address);
  if (scheme === null) return address;
  if (/^[A-Za-z0-9+.-]+::/.test(address)) reject('names a program to run');
  const [, name = '', rest = ''] = scheme;
  // Without slashes it is the scp-like form for ssh.
  if (rest.startsWith('//') && !PROTOCOLS.includes(name.toLowerCase()))
    reject(`has a scheme that is not taken, ${name}`);
  return address;
}

/** git's own rule: a colon before the first slash makes it remote, except after a drive letter. */
function isLocalPath(address: string): boolean {
  return !/^[^/]*:/.test(address) || /^[A-Za-z]:[\\/](?!\/)/.test(address);
}

/** Whether two addresses are equal, ignoring a slash or `.git` at the end. */
export function isSameAddress(a: string, b: string): boolean {
  return plain(a) === plain(b);
}

function plain(address: string): string {
  return address
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .replace(/\/+$/, '');
}
