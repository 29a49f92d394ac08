import { networkInterfaces } from 'node:os';
import type { Listening } from '@crates-mirror/http-server';
import type { ServeOptions } from './options.ts';

const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

/**
 * Log lines that say where the server can be reached. For a wildcard, they list the addresses of
 * this machine.
 */
export function announcement(
  { publicUrl, tls }: Pick<ServeOptions, 'publicUrl' | 'tls'>,
  { address: { host, port }, authority }: Pick<Listening, 'address' | 'authority'>,
  interfaces: typeof networkInterfaces = networkInterfaces,
): readonly string[] {
  const scheme = tls === undefined ? 'http' : 'https';
  if (!WILDCARDS.has(host)) {
    const own = `${scheme}://${authority}`;
    return [`serving on ${own}/`, cargoLine(publicUrl ?? own)];
  }
  const urls = addressesOf(interfaces(), host).map((text) => `${scheme}://${text}:${port}`);
  const known = urls.length === 0 ? '' : `: ${urls.map((url) => `${url}/`).join(', ')}`;
  const all = `serving on port ${port} of all addresses of this machine${known}`;
  if (publicUrl !== undefined) return [all, cargoLine(publicUrl)];
  // Clients compare the requested host with the certificate.
  const name = `${scheme}://NAME:${port}`;
  if (tls !== undefined) return [all, `${cargoLine(name)}, where NAME is one that its certificate has`];
  return [all, cargoLine(urls[0] ?? name)];
}

function cargoLine(origin: string): string {
  return `cargo finds the registry at sparse+${origin}/index/`;
}

/**
 * Addresses as written in URLs. Excludes link-local IPv6 addresses, which are meaningless without
 * an interface name.
 */
function addressesOf(interfaces: ReturnType<typeof networkInterfaces>, wildcard: string): string[] {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  const ipv4 = all.filter(({ family, internal }) => family === 'IPv4' && !internal);
  const ipv6 = all.filter(
    ({ family, internal, address }) => family === 'IPv6' && !internal && !/^fe[89ab]/i.test(address),
  );
  const usable = wildcard === '::' ? [...ipv4, ...ipv6] : ipv4;
  return usable.map(({ family, address }) => (family === 'IPv6' ? `[${address}]` : address));
}
