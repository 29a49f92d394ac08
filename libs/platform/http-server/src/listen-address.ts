import { UsageError } from '@crates-mirror/errors';

/** Where a server listens. */
export interface ListenAddress {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  /** 0 asks the system for any free port. */
  readonly port: number;
}

const LOOPBACK = '127.0.0.1';
const FORM = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/;
const HOST_NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i;
const HINT = 'Write it like :9090 (this machine only), 0.0.0.0:9090 (everybody) or [::1]:9090';

/**
 * `HOST:PORT`, `[IPv6]:PORT` or `:PORT`. Without a host it is loopback: what is seen by others is for the operator to
 * say.
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
  // What looks like an IP address has to be one: 127.0.0.256 is no name to look up.
  if (/^[\d.]+$/.test(text)) return text === LOOPBACK || net().isIPv4(text);
  return text === '' || HOST_NAME.test(text);
}

function notAnAddress(text: string): UsageError {
  return new UsageError(`'${text}' is not an address to listen on`, { hint: HINT });
}

/** As it stands in a URL: `127.0.0.1:9090`, `[::1]:9090`. */
export function formatAddress({ host, port }: ListenAddress): string {
  return `${net().isIPv6(host) ? `[${host}]` : host}:${port}`;
}

/** Loaded only for an address that needs it: it takes a seventh of the time that Node.js takes to start. */
function net(): typeof import('node:net') {
  return process.getBuiltinModule('node:net');
}
