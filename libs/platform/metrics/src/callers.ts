import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { ListenAddress } from '@crates-mirror/http-server';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/**
 * The `Host` values that a listener accepts. One that listens on loopback is meant for this
 * machine; a page from anywhere could reach it through a name that resolves to 127.0.0.1 (DNS
 * rebinding), so names other than localhost are refused. An IP address cannot be rebound.
 */
export function knownHosts({ host }: ListenAddress): (header: string | undefined) => boolean {
  if (!isLoopback(host)) return () => true;
  return (header) => {
    if (header === undefined) return true;
    const name = header
      .replace(/:\d*$/, '')
      .replace(/^\[(.*)\]$/, '$1')
      .toLowerCase();
    return isIP(name) !== 0 || name === 'localhost' || name === host.toLowerCase();
  };
}

function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family === 0
    ? host.toLowerCase() === 'localhost'
    : LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Whether a browser sends the request on behalf of another site's page. A link followed by the user
 * does not count.
 */
export function isFromElsewhere({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  return (site === 'cross-site' || site === 'same-site') && headers['sec-fetch-mode'] !== 'navigate';
}
