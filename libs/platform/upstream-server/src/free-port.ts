import { createServer } from 'node:net';

/**
 * Below the ephemeral ports of Linux, macOS and Windows, which connections and servers with any
 * port use.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

/**
 * A port of 127.0.0.1 without a listener. Connections of concurrently running tests are never
 * assigned it, so it stays free until it is explicitly requested.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
      .on('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
