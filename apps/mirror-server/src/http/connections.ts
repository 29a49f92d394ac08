import type { Server, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Reply, Request } from '@crates-mirror/http-content';

/**
 * The connections of HTTP/1.1, and which of them have a request under way. Node ends those that wait for their next request
 * when a server closes, but neither those that never sent one nor those that get an answer just then.
 */
export class Connections {
  /** Requests under way, one at a time and those that were sent ahead. */
  readonly #busy = new Map<Socket, number>();
  #isDraining = false;

  watch(server: Server): void {
    // Of a server with TLS, only connections whose handshake is done: for the others there is a time limit.
    const event = server.listenerCount('secureConnection') > 0 ? 'secureConnection' : 'connection';
    server.on(event, (socket: Socket) => {
      if (socket instanceof TLSSocket && socket.alpnProtocol === 'h2') return;
      this.#busy.set(socket, 0);
      socket.once('close', () => this.#busy.delete(socket));
    });
  }

  /** @returns how many requests its connection has under way now */
  began(request: Request, reply: Reply): number {
    const { socket } = request;
    const count = this.#busy.get(socket);
    if (count === undefined) return 1;
    this.#busy.set(socket, count + 1);
    reply.once('close', () => {
      const left = (this.#busy.get(socket) ?? 1) - 1;
      if (!this.#busy.has(socket)) return;
      this.#busy.set(socket, left);
      if (this.#isDraining && left === 0) socket.destroySoon();
    });
    return count + 1;
  }

  /** Ends the connections that have nothing under way now, and the others when they have. */
  drain(): void {
    this.#isDraining = true;
    for (const [socket, count] of this.#busy) if (count === 0) socket.destroySoon();
  }
}
