import type { Server, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Reply, Request } from '@crates-mirror/http-content';

/**
 * HTTP/1.1 connections, and which of them have a request under way. When a server closes, Node ends
 * connections that wait for their next request, but not connections that never sent one, nor those
 * whose response is still being sent.
 */
export class Connections {
  /** Number of requests under way on each socket, including pipelined ones. */
  readonly #busy = new Map<Socket, number>();
  #isDraining = false;

  watch(server: Server): void {
    // With TLS, only connections that have completed their handshake. A time limit covers the
    // others.
    const event = server.listenerCount('secureConnection') > 0 ? 'secureConnection' : 'connection';
    server.on(event, (socket: Socket) => {
      if (socket instanceof TLSSocket && socket.alpnProtocol === 'h2') return;
      this.#busy.set(socket, 0);
      socket.once('close', () => this.#busy.delete(socket));
    });
  }

  /** @returns how many requests are now under way on the request's connection */
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

  /** Ends idle connections now, and the others once they become idle. */
  drain(): void {
    this.#isDraining = true;
    for (const [socket, count] of this.#busy) if (count === 0) socket.destroySoon();
  }
}
