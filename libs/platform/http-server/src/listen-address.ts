import { UsageError } from '@crates-mirror/errors';

/** The address where a server listens. */
export interface ListenAddress {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  /** 0 requests any free port from the system. */
  readonly port: number;
}

const LOOPBACK = '127.0.0.1';
const FORM = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/;
const HOST_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i;
const HINT = 'Write it like :9090 (this machine only), 0.0.0.0:9090 (everybody) or [::1]:9090';

/**
 * Parses `HOST:PORT`, `[IPv6]:PORT` or `:PORT`. The default host is loopback: exposing a server to
 * others is the operator's decision.
 *
 * @throws UsageError
 */
export function parseListenAddress(text: string): ListenAddress {
  const match = FORM.exec(text.trim());
  if (match === null) throw notAnAddress(text);
  const [, bracketed, plain, port] = match;
  const isHost = bracketed === undefined ? isHostName(plain ?? '') : net().isIPv6(bracketed);
  if (!isHost) throw notAnAddress(text);
  if (Number(port) > 65_535) throw new UsageError(`there is no port ${port}`, { hint: 'Ports end at 65535' });
  return { host: bracketed ?? (plain === '' ? LOOPBACK : (plain as string)), port: Number(port) };
}

function isHostName(text: string): boolean {
  // Text that looks like an IP address has to be one: 127.0.0.256 is not looked up as a name.
  if (/^[\d.]+$/.test(text)) return text === LOOPBACK || net().isIPv4(text);
  return text === '' || HOST_NAME.test(text);
}

function notAnAddress(text: string): UsageError {
  return new UsageError(`'${text}' is not an address to listen on`, { hint: HINT });
}

/** The form used in a URL: `127.0.0.1:9090`, `[::1]:9090`. */
export function formatAddress({ host, port }: ListenAddress): string {
  return `${net().isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** Loaded only for an address that needs it: that takes a seventh of Node.js's startup time. */
function net(): typeof import('node:net') {
  return process.getBuiltinModule('node:net');
}
