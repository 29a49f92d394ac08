import { isIP, type SocketConstructorOpts } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { CodedError } from '@crates-mirror/errors';
import { H2Connection } from './connection.ts';
import type { ConnectionEvents } from './connection-events.ts';
import type { ConnectionSlots } from './connection-slots.ts';
import type { Pace } from './pace/pace.ts';
import type { Resume } from './range.ts';
import { type Method, RequestBlocks } from './request-block.ts';
import type { StreamHandler } from './stream-handler.ts';
import type { Transport } from './transport.ts';

/** A request on its way to a connection, and its current state. */
export interface OriginRequest extends StreamHandler {
  /** with its query */
  readonly path: string;
  readonly method: Method;
  /** For a body whose beginning has been received. */
  readonly resume: Resume | undefined;
  /**
   * Called when the request waits for a stream.
   *
   * @param cancel removes it without further callbacks
   */
  onQueued(cancel: () => void, origin: Transport): void;
  /**
   * Called when the request has a stream.
   *
   * @param cancel ends it early, without further callbacks
   */
  onSent(cancel: () => void, connection: Transport): void;
  /** The server does not support HTTP/2: the request has to be sent another way. */
  onUnsupported(): void;
}

export interface OriginOptions {
  readonly userAgent: string;
  /** TCP and TLS set-up, ms */
  readonly connectTimeoutMs: number;
  /** Shared by all origins. */
  readonly slots: ConnectionSlots;
  /** Certificates (PEM) trusted instead of the system's. */
  readonly ca: string | undefined;
  /** Limits reading; undefined for no limit. */
  readonly pace: Pace | undefined;
}

/**
 * Streams on one connection before the next one is opened: few enough that a lost connection costs
 * little.
 */
export const STREAMS_PER_CONNECTION = 64;
/** TLS records have at most 16 KiB, and Node.js delivers them one by one. */
const READ_BUFFER = 64 << 10;

/** The HTTP/2 connections to one https origin, and its waiting requests. */
export class H2Origin implements Transport {
  readonly #url: URL;
  readonly #options: OriginOptions;
  readonly #blocks: RequestBlocks;
  readonly #connections = new Set<H2Connection>();
  readonly #opening = new Set<TLSSocket>();
  /** Connections waiting for a slot. */
  #wanted = 0;
  readonly #waiting = new Set<OriginRequest>();
  #movedAt = 0;
  /** The server's stream limit on earlier connections: a refused stream is a lost attempt. */
  #assumedStreams = STREAMS_PER_CONNECTION;
  #isUnsupported = false;
  /** Whether a connection attempt has failed since the last time check. */
  #hasFailed = false;

  constructor(origin: string, options: OriginOptions) {
    this.#url = new URL(origin);
    this.#options = options;
    this.#blocks = new RequestBlocks(this.#url.host, options.userAgent);
  }

  dispatch(request: OriginRequest): void {
    if (this.#isUnsupported) {
      request.onUnsupported();
      return;
    }
    const connection = this.#waiting.size === 0 ? this.#connectionWithRoom() : undefined;
    if (connection !== undefined) {
      request.onSent(connection.send(request.path, request.method, request, request.resume), connection);
      return;
    }
    this.#waiting.add(request);
    request.onQueued(() => this.#waiting.delete(request), this);
    this.#distribute();
  }

  /** Whether nothing is open or waiting, and no knowledge about the server would be lost. */
  get isAtRest(): boolean {
    return !this.#isUnsupported && this.#connections.size + this.#opening.size + this.#waiting.size === 0;
  }

  get movedAt(): number {
    return this.#movedAt;
  }

  /** Requests that wait for a connection are not delayed by the pace. */
  get heldMs(): number {
    return 0;
  }

  /**
   * Requests that fit on one connection; 0 if it does not support HTTP/2, Infinity while none is
   * open.
   */
  get streamsPerConnection(): number {
    if (this.#isUnsupported) return 0;
    if (this.#connections.size === 0) return Number.POSITIVE_INFINITY;
    return Math.min(STREAMS_PER_CONNECTION, this.#assumedStreams);
  }

  /** @param now ms on performance.now()'s clock; called periodically */
  checkTime(now: number, idleTimeoutMs: number): void {
    // A connection attempt has its own time limit, and waiting for a slot is not a delay of the
    // server.
    const isItsTurnToCome = this.#wanted > 0 && this.#connections.size === 0;
    if (this.#opening.size > 0 || isItsTurnToCome) this.#movedAt = now;
    for (const connection of this.#connections) {
      connection.checkTime(now, idleTimeoutMs);
      this.#movedAt = Math.max(this.#movedAt, connection.movedAt);
    }
    this.#hasFailed = false;
    // If no connection could be opened, the remaining ones may accept no more requests, and stay
    // open for long.
    if (this.#waiting.size > 0) this.#distribute();
  }

  destroy(): void {
    for (const socket of this.#opening) socket.destroy();
    for (const connection of this.#connections) connection.destroy();
  }

  /**
   * Closes idle connections, so that others may be opened.
   *
   * @param most how many
   * @returns number closed
   */
  closeIdle(most: number): number {
    if (this.#waiting.size > 0) return 0;
    let closed = 0;
    for (const connection of [...this.#connections])
      if (closed < most && connection.closeIfIdle()) closed += 1;
    return closed;
  }

  #connectionWithRoom(): H2Connection | undefined {
    for (const connection of this.#connections) if (this.#hasRoom(connection)) return connection;
    return undefined;
  }

  #hasRoom(connection: H2Connection): boolean {
    return connection.hasRoom(STREAMS_PER_CONNECTION, this.#assumedStreams);
  }

  /** Assigns waiting requests to connections with room, and opens more if there are too few. */
  #distribute(): void {
    for (const connection of this.#connections) {
      for (const request of this.#waiting) {
        if (!this.#hasRoom(connection)) break;
        this.#waiting.delete(request);
        request.onSent(connection.send(request.path, request.method, request, request.resume), connection);
      }
    }
    while (this.#needsConnection(this.#wanted)) {
      this.#wanted += 1;
      this.#options.slots.take(() => this.#slotTaken());
    }
  }

  /** The slot may come too late. */
  #slotTaken(): void {
    this.#wanted -= 1;
    if (this.#needsConnection(0)) this.#open();
    else this.#options.slots.release();
  }

  /** @param wanted connections on their way besides those being opened */
  #needsConnection(wanted: number): boolean {
    const coming = this.#opening.size + wanted;
    return (
      this.#mayOpen &&
      this.#waiting.size > coming * STREAMS_PER_CONNECTION &&
      this.#connections.size + coming < this.#options.slots.most
    );
  }

  /**
   * While other connections accept requests, one failed attempt is enough until the next time
   * check.
   */
  get #mayOpen(): boolean {
    return !this.#hasFailed || ![...this.#connections].some(({ takesRequests }) => takesRequests);
  }

  #open(): void {
    const { ca, connectTimeoutMs } = this.#options;
    const host = this.#url.hostname.replace(/^\[|\]$/g, '');
    let connection: H2Connection | undefined;
    const buffer = Buffer.allocUnsafeSlow(READ_BUFFER);
    const options: ConnectionOptions & Pick<SocketConstructorOpts, 'onread'> = {
      host,
      port: Number(this.#url.port || 443),
      servername: isIP(host) === 0 ? host : '',
      ALPNProtocols: ['h2', 'http/1.1'],
      ...(ca === undefined ? {} : { ca }),
      // All reads use the same memory: a buffer for each read would keep V8's garbage collector
      // busy.
      onread: {
        buffer,
        callback: (length: number): boolean => connection?.receive(buffer.subarray(0, length)) ?? true,
      },
    };
    const socket = connect(options);
    socket.setNoDelay(true);
    this.#opening.add(socket);
    socket.once('close', () => this.#options.slots.release());
    const timer = setTimeout(() => {
      socket.destroy(new CodedError('connect_timeout', 'no connection in time'));
    }, connectTimeoutMs);
    let failure: Error | undefined;
    const onError = (error: Error): void => {
      failure = error;
    };
    socket.on('error', onError);
    const settled = (): boolean => {
      clearTimeout(timer);
      return this.#opening.delete(socket);
    };
    socket.once('close', () => {
      if (settled())
        this.#failed(failure ?? new CodedError('ECONNRESET', 'the server hung up within the handshake'));
    });
    socket.once('secureConnect', () => {
      if (!settled()) return;
      if (socket.alpnProtocol === 'h2') connection = this.#opened(socket);
      else {
        socket.destroy();
        this.#unsupported();
      }
    });
  }

  #opened(socket: TLSSocket): H2Connection {
    const events: ConnectionEvents = {
      onRoom: () => {
        // At least one: a connection that currently allows none does not predict the next.
        this.#assumedStreams = Math.max(1, connection.mostStreams ?? this.#assumedStreams);
        this.#distribute();
      },
      onClosed: () => {
        this.#connections.delete(connection);
        this.#distribute();
      },
      onUnsupported: () => this.#unsupported(),
    };
    const connection = new H2Connection(socket, this.#blocks, events, this.#options.pace);
    this.#connections.add(connection);
    this.#distribute();
    return connection;
  }

  /** An unreachable server is not tried again for each waiting request: they fail together. */
  #failed(error: Error): void {
    this.#hasFailed = true;
    if (this.#connections.size === 0 && this.#opening.size === 0) this.#failWaiting(error);
  }

  #failWaiting(error: Error): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const request of waiting) request.onError(error, false);
  }

  #unsupported(): void {
    this.#isUnsupported = true;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const request of waiting) request.onUnsupported();
  }
}
