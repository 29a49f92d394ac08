import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Certificate } from './certificate.ts';
import { type HostileFrames, hostileFrames } from './hostile-frames.ts';

export { HOSTILE_FRAMES, type HostileFrames } from './hostile-frames.ts';

export interface HostileServer {
  readonly port: number;
  /** Requests answered so far. */
  readonly requests: number;
  close(): Promise<void>;
}

/** The client's connection preface (RFC 9113, section 3.4). */
const PREFACE_LENGTH = 24;
const FRAME_HEADER = 9;
const HEADERS = 1;
const EMPTY_SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

/** Starts an HTTP/2 server over TLS that answers every request with the same malformed frames. */
export async function startHostileServer(
  certificate: Certificate,
  kind: HostileFrames,
  port = 0,
): Promise<HostileServer> {
  let requests = 0;
  const sockets = new Set<Socket>();
  const server = createServer({ ...certificate, ALPNProtocols: ['h2'] }, (socket) => {
    let received: Buffer = Buffer.alloc(0);
    let at = PREFACE_LENGTH;
    socket.on('error', () => {});
    socket.write(EMPTY_SETTINGS);
    socket.on('data', (data: Buffer) => {
      received = Buffer.concat([received, data]);
      while (received.length >= at + FRAME_HEADER) {
        if (received[at + 3] === HEADERS) {
          requests += 1;
          socket.write(hostileFrames(kind, received.readUInt32BE(at + 5)));
        }
        at += FRAME_HEADER + received.readUIntBE(at, 3);
      }
    });
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  server.on('tlsClientError', () => {});
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get requests() {
      return requests;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
