import type { Server, Socket } from 'node:net';
import { errorCode, errorMessage, UsageError } from '@crates-mirror/errors';
import type { HandedSocket } from './handed-socket.ts';
import { formatAddress, type ListenAddress } from './listen-address.ts';

/** A listening server. */
export interface Listening {
  /** Its address, with the port that the system chose if it was 0. */
  readonly address: ListenAddress;
  /** `127.0.0.1:9090`, as in a URL */
  readonly authority: string;
  /**
   * Stops accepting connections, lets pending requests finish, and ends the remaining ones after
   * `patienceMs`. Resolves when every connection is closed.
   */
  close(patienceMs: number): Promise<void>;
}

const HINTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another program listens there; stop it, or choose another port',
  EACCES: 'Ports below 1024 are for root; choose another port',
  EADDRNOTAVAIL: 'This machine does not have that address; 0.0.0.0 stands for all it has',
};
const MESSAGES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'no such address here',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name cannot be looked up now',
};

/**
 * Binds a server (of node:http, node:http2 or node:net) and waits until it listens.
 *
 * @param place an address, or a socket that is already bound
 * @param option named in the error: `--listen`
 * @throws UsageError when it cannot listen there
 */
export async function listen(
  server: Server,
  place: ListenAddress | HandedSocket,
  option: string,
): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(place, option, error)));
    server.listen('fd' in place ? { fd: place.fd } : { host: place.host, port: place.port }, resolve);
  });
  // Later errors concern accepting (too many open files): the connection is lost, but the server
  // continues.
  server.removeAllListeners('error');
  server.on('error', () => {});
  const bound = boundTo(server, place);
  return {
    address: bound,
    authority: formatAddress(bound),
    close: (patienceMs) => close(server, sockets, patienceMs),
  };
}

/** With the port that the system chose, and the host name that the user gave. */
function boundTo(server: Server, place: ListenAddress | HandedSocket): ListenAddress {
  const address = server.address();
  if (address === null || typeof address === 'string' || !(address.port > 0)) throw notTcp();
  return { host: 'fd' in place ? address.address : place.host, port: address.port };
}

function notTcp(): UsageError {
  return new UsageError('the socket that systemd hands over is not one of TCP', {
    hint: 'Write ListenStream=HOST:PORT in the .socket unit',
  });
}

function cannotListen(place: ListenAddress | HandedSocket, option: string, error: unknown): UsageError {
  if ('fd' in place) return notTcp();
  const code = errorCode(error);
  const hint = HINTS[code];
  return new UsageError(
    `${option}: cannot listen on ${formatAddress(place)}: ${MESSAGES[code] ?? errorMessage(error)}`,
    hint === undefined ? {} : { hint },
  );
}

async function close(server: Server, sockets: ReadonlySet<Socket>, patienceMs: number): Promise<void> {
  // With node:http, this ends idle connections too.
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const timer = setTimeout(() => {
    for (const socket of sockets) socket.destroy();
  }, patienceMs);
  await closed;
  clearTimeout(timer);
}
