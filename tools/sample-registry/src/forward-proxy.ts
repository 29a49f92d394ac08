import { once } from 'node:events';
import { createServer, request as requestOnward } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface ForwardProxy {
  /** The value for HTTP_PROXY and HTTPS_PROXY. */
  readonly url: string;
  /** Targets of CONNECT requests, `host:port`. */
  readonly tunnels: readonly string[];
  close(): void;
}

/** An HTTP proxy on 127.0.0.1, for both forms of requests: absolute (http) and CONNECT (https). */
export async function startForwardProxy(): Promise<ForwardProxy> {
  const sockets = new Set<Socket>();
  const tunnels: string[] = [];
  const proxy = createServer((request, reply) => {
    const { headers, method } = request;
    const onward = requestOnward(request.url ?? '', { agent: false, headers, method }, (answer) => {
      reply.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(reply);
    });
    onward.on('error', () => reply.destroy());
    onward.end();
  });
  proxy.on('connection', (socket: Socket) => sockets.add(socket));
  proxy.on('connect', ({ url = '' }, socket: Socket) => {
    tunnels.push(url);
    const at = url.lastIndexOf(':');
    const onward = connect(Number(url.slice(at + 1)), url.slice(0, at), () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    sockets.add(onward);
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    tunnels,
    close: () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}
