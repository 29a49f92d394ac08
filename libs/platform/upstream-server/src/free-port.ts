import { createServer } from 'node:net';

/** Below the ports that Linux, macOS and Windows give to connections, and to servers that take any port. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;

/**
 * A port of 127.0.0.1 that nobody listens on. None of the many connections of tests running beside this one is given it,
 * so that it stays free until somebody asks for this very port.
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
