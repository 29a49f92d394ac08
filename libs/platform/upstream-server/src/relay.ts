import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Passes bytes between clients and a server, and can send bytes of its own to a client. */
export interface Relay {
  readonly port: number;
  /** Sends bytes to the client of the connection that reaches the server from this port. */
  inject(port: number | undefined, bytes: Buffer): void;
  /** Stops listening and cuts all connections. */
  close(): Promise<void>;
}

/**
 * Starts a relay on 127.0.0.1. A socket that TLS uses must not be written to by anybody else:
 * Node.js crashes.
 *
 * @param target the server's port
 * @param port to listen on; 0 for any free one
 */
export async function startRelay(target: number, port: number): Promise<Relay> {
  const clients = new Map<number | undefined, Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    upstream.once('connect', () => {
      const { localPort } = upstream;
      clients.set(localPort, client);
      client.once('close', () => clients.delete(localPort));
    });
    join(client, upstream);
    join(upstream, client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    inject: (from, bytes) => void clients.get(from)?.write(bytes),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const client of clients.values()) client.destroy();
      }),
  };
}

function join(from: Socket, to: Socket): void {
  from.pipe(to);
  from.on('error', () => to.destroy());
  from.once('close', () => to.destroy());
}
