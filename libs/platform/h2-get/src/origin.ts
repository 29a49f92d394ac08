import type { TLSSocket } from 'node:tls';
import { H2Connection } from './connection.ts';
import type { ConnectionEvents } from './connection-events.ts';
import type { ConnectionSlots } from './connection-slots.ts';
import type { Pace } from './pace/pace.ts';
import type { Resume } from './range.ts';
import { type Method, RequestBlocks } from './request-block.ts';
import { type SecureOptions, secureConnect } from './secure-connect.ts';
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

export interface OriginOptions extends SecureOptions {
  readonly userAgent: string;
  /** Shared by all origins. */
  readonly slots: ConnectionSlots;
  /** Limits reading; undefined for no limit. */
  readonly pace: Pace | undefined;
}

/**
 * Streams on one connection before the next one is opened: few enough that a lost connection costs
 * little.
 */
export const STREAMS_PER_CONNECTION = 64;

/** The HTTP/2 connections to one https origin, and its waiting requests. */
export class H2Origin implements Transport {
  readonly #url: URL;
  readonly #options: OriginOptions;
  readonly #blocks: RequestBlocks;
  readonly #connections = new Set<H2Connection>();
  /** Ends connections that are being opened. */
  readonly #opening = new Set<() => void>();
  /** Connections waiting for a slot. */
  #wanted = 0;
  readonly #waiting = new Set<OriginRequest>();
  #movedAt = 0;
  #roundTripMs = Number.POSITIVE_INFINITY;
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

  /** The shortest round trip to the server, ms; Infinity while no connection is open. */
  get roundTripMs(): number {
    return this.#roundTripMs;
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
    for (const end of [...this.#opening]) end();
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
    const end = secureConnect(this.#url, this.#options, {
      onOpened: (socket) => {
        this.#opening.delete(end);
        const connection = this.#opened(socket);
        return (chunk) => connection.receive(chunk);
      },
      onUnsupported: () => {
        this.#opening.delete(end);
        this.#unsupported();
      },
      onFailed: (error) => {
        this.#opening.delete(end);
        this.#failed(error);
      },
      onClosed: () => this.#options.slots.release(),
    });
    this.#opening.add(end);
  }

  #opened(socket: TLSSocket): H2Connection {
    const events: ConnectionEvents = {
      onRoundTrip: (ms) => {
        this.#roundTripMs = Math.min(this.#roundTripMs, ms);
      },
      onRoom: () => {
        // At least one: a connection that currently allows none does not predict the next.
        this.#assumedStreams = Math.max(1, connection.maxStreams ?? this.#assumedStreams);
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
