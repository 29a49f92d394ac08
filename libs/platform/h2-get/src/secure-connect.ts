import { isIP, type Socket, type SocketConstructorOpts } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { CodedError } from '@crates-mirror/errors';

/** TLS records have at most 16 KiB, and Node.js delivers them one by one. */
const READ_BUFFER = 64 << 10;

/**
 * Opens a connection to a server through a proxy.
 *
 * @param authority the server, `host:port`, with an IPv6 address in brackets
 * @param done called once, with a socket whose bytes are the server's
 * @returns a function that gives up; `done` is not called afterwards
 */
export type OpenTunnel = (authority: string, done: (result: Socket | Error) => void) => () => void;

export interface SecureOptions {
  /** TCP, tunnel and TLS set-up, ms */
  readonly connectTimeoutMs: number;
  /** Certificates (PEM) trusted instead of the system's. */
  readonly ca: string | undefined;
  /** For a server behind a proxy; undefined for direct connections. */
  readonly openTunnel: OpenTunnel | undefined;
}

/** Receives data. @returns whether to continue reading now */
type Receive = (chunk: Buffer) => boolean;

/** Calls `onOpened`, `onUnsupported` or `onFailed`, once. */
export interface SecureEvents {
  /** The server has selected HTTP/2. @returns receiver of its data */
  onOpened(socket: TLSSocket): Receive;
  /** The server does not support HTTP/2. */
  onUnsupported(): void;
  onFailed(error: Error): void;
  /** The connection has ended, or was never made. Called once. */
  onClosed(): void;
}

type Cancel = (error: Error) => void;

/**
 * Opens a TLS connection that offers HTTP/2, and HTTP/1.1 otherwise.
 *
 * @param url of the origin, https
 * @returns a function that ends it while it is being opened
 */
export function secureConnect(url: URL, options: SecureOptions, events: SecureEvents): () => void {
  const opening = new Opening(url, options, events);
  return () => opening.cancel(new Error('the client was closed'));
}

/** A connection that is being opened, in up to two steps: the tunnel, and TLS. */
class Opening {
  readonly #url: URL;
  readonly #ca: string | undefined;
  readonly #events: SecureEvents;
  readonly #timer: NodeJS.Timeout;
  #cancelStep: Cancel;
  #isCompleted = false;

  constructor(url: URL, { ca, connectTimeoutMs, openTunnel }: SecureOptions, events: SecureEvents) {
    this.#url = url;
    this.#ca = ca;
    this.#events = events;
    this.#timer = setTimeout(
      () => this.cancel(new CodedError('connect_timeout', 'no connection in time')),
      connectTimeoutMs,
    );
    this.#cancelStep = openTunnel === undefined ? this.#secure() : this.#tunnel(openTunnel);
  }

  cancel(error: Error): void {
    if (!this.#isCompleted) this.#cancelStep(error);
  }

  #tunnel(openTunnel: OpenTunnel): Cancel {
    const failed = (error: Error): void => {
      this.#events.onClosed();
      this.#fail(error);
    };
    const cancel = openTunnel(`${this.#url.hostname}:${this.#url.port || 443}`, (result) => {
      if (result instanceof Error) failed(result);
      else this.#cancelStep = this.#secure(result);
    });
    return (error) => {
      cancel();
      failed(error);
    };
  }

  #secure(tunnel?: Socket): Cancel {
    let receive: Receive | undefined;
    const socket = this.#connect(tunnel, (chunk) => receive?.(chunk) ?? true);
    socket.setNoDelay(true);
    let failure: Error | undefined;
    socket.on('error', (error) => {
      failure = error;
    });
    socket.once('close', () => {
      tunnel?.destroy();
      this.#events.onClosed();
      this.#fail(failure ?? new CodedError('ECONNRESET', 'the server hung up within the handshake'));
    });
    socket.once('secureConnect', () => {
      if (!this.#complete()) return;
      if (socket.alpnProtocol === 'h2') receive = this.#events.onOpened(socket);
      else {
        socket.destroy();
        this.#events.onUnsupported();
      }
    });
    return (error) => socket.destroy(error);
  }

  #connect(tunnel: Socket | undefined, receive: Receive): TLSSocket {
    const host = this.#url.hostname.replace(/^\[|\]$/g, '');
    const options: ConnectionOptions = {
      servername: isIP(host) === 0 ? host : '',
      ALPNProtocols: ['h2', 'http/1.1'],
      ...(this.#ca === undefined ? {} : { ca: this.#ca }),
    };
    if (tunnel !== undefined) return connectThrough(tunnel, options, host, receive);
    // All reads use the same memory: a buffer for each read would keep V8's garbage collector busy.
    const buffer = Buffer.allocUnsafeSlow(READ_BUFFER);
    const onread = { buffer, callback: (length: number) => receive(buffer.subarray(0, length)) };
    const direct: ConnectionOptions & Pick<SocketConstructorOpts, 'onread'> = {
      ...options,
      host,
      port: Number(this.#url.port || 443),
      onread,
    };
    return connect(direct);
  }

  #fail(error: Error): void {
    if (this.#complete()) this.#events.onFailed(error);
  }

  /** @returns whether it is the first event */
  #complete(): boolean {
    clearTimeout(this.#timer);
    const isFirst = !this.#isCompleted;
    this.#isCompleted = true;
    return isFirst;
  }
}

/** @param host whose certificate is expected; Node.js takes no `onread` over another socket */
function connectThrough(
  tunnel: Socket,
  options: ConnectionOptions,
  host: string,
  receive: Receive,
): TLSSocket {
  const socket = connect({ ...options, socket: tunnel, host });
  tunnel.on('error', (error) => socket.destroy(error));
  socket.on('data', (chunk: Buffer) => {
    if (!receive(chunk)) socket.pause();
  });
  return socket;
}
