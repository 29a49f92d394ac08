import type { TLSSocket } from 'node:tls';
import { CodedError } from '@crates-mirror/errors';
import { ConnectionError } from './connection-error.ts';
import type { ConnectionEvents } from './connection-events.ts';
import { decodeGoaway, decodeReset } from './control-frames.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';
import type { FrameWriter } from './frame-writer.ts';
import {
  CONNECTION_PREFACE,
  ErrorCode,
  encodeFrame,
  encodeNumber,
  errorName,
  Flag,
  FrameType,
  LAST_STREAM_ID,
  PING,
} from './frames.ts';
import { type HeaderBlock, HeaderBlocks } from './header-blocks.ts';
import { HpackError } from './hpack-error.ts';
import { Liveness } from './liveness.ts';
import type { Pace } from './pace/pace.ts';
import type { Resume } from './range.ts';
import { ReceiveWindows, windowOf } from './receive-windows.ts';
import type { Method, RequestBlocks } from './request-block.ts';
import { SettingsExchange } from './settings-exchange.ts';
import { SocketEnd } from './socket-end.ts';
import { type Stream, Streams } from './stream.ts';
import type { StreamHandler } from './stream-handler.ts';
import type { Transport } from './transport.ts';

/** ms. An idle connection is closed after this time: there may be hundreds of origins. */
const MAX_REST_MS = 10_000;

/**
 * The client's end of one HTTP/2 connection (RFC 9113), for GET and HEAD only: no request bodies,
 * trailers, push or priorities. Data is passed on in the buffer that TLS filled, without copies.
 */
export class H2Connection implements FrameSink, Transport {
  readonly #end: SocketEnd;
  readonly #requests: RequestBlocks;
  readonly #events: ConnectionEvents;
  readonly #reader = new FrameReader(this);
  readonly #writer: FrameWriter;
  readonly #blocks = new HeaderBlocks();
  readonly #streams = new Streams();
  #nextId = 1;
  readonly #settings: SettingsExchange;
  readonly #windows: ReceiveWindows;
  readonly #liveness = new Liveness();
  /** Whether a stream's data has arrived since the last check: pings and settings do not count. */
  #hasMoved = false;
  #movedAt = 0;
  #isDraining = false;

  /**
   * @param socket connected, with h2 negotiated; its data is passed to {@link receive}
   * @param pace limits reading
   */
  constructor(socket: TLSSocket, requests: RequestBlocks, events: ConnectionEvents, pace?: Pace) {
    this.#requests = requests;
    this.#events = events;
    this.#end = new SocketEnd(socket, pace, () => this.#close(new Error('the server reads nothing')));
    this.#writer = this.#end.writer;
    socket.on('error', (error) => this.#close(error));
    socket.on('close', () => this.#close(new Error('the server closed the connection')));
    this.#writer.send(Buffer.from(CONNECTION_PREFACE));
    this.#settings = new SettingsExchange(this.#writer, (ms) => events.onRoundTrip(ms));
    this.#windows = new ReceiveWindows(this.#writer, pace && windowOf(pace.budget.rate));
    this.#windows.open();
  }

  /** The server's stream limit, once known. */
  get maxStreams(): number | undefined {
    return this.#settings.maxStreams;
  }

  /** Whether the connection accepts requests when it has room. */
  get takesRequests(): boolean {
    return !this.#isDraining && !this.#liveness.isDoubtful;
  }

  /**
   * @param maxStreams the client's own limit
   * @param assumed the server's limit, until it is known
   */
  hasRoom(maxStreams: number, assumed: number): boolean {
    return this.takesRequests && this.#streams.size < Math.min(this.maxStreams ?? assumed, maxStreams);
  }

  /**
   * Sends a request; there has to be room.
   *
   * @returns a function that cancels it without calling the handler
   */
  send(path: string, method: Method, handler: StreamHandler, resume?: Resume): () => void {
    const id = this.#nextId;
    this.#nextId += 2;
    if (this.#nextId > LAST_STREAM_ID) this.#isDraining = true;
    const stream: Stream = { id, handler, hasHeaders: false, consumed: 0, slot: 0 };
    this.#streams.add(stream);
    this.#writer.sendRequest(id, this.#settings.prependTableSize(this.#requests.of(path, method, resume)));
    return () => this.#cancel(stream);
  }

  /**
   * @param chunk data read from the socket; valid only within the call
   * @returns whether to continue reading now
   */
  receive(chunk: Buffer): boolean {
    if (this.#end.isClosed) return true;
    if (this.#liveness.received()) this.#events.onRoom();
    try {
      this.#reader.push(chunk);
    } catch (error) {
      if (!(error instanceof ConnectionError || error instanceof HpackError)) throw error;
      this.#close(error, error instanceof HpackError ? ErrorCode.compressionError : error.errorCode);
    }
    return this.#end.keepPace();
  }

  get movedAt(): number {
    return this.#movedAt;
  }

  get heldMs(): number {
    return this.#end.held.total;
  }

  /** @param now ms on performance.now()'s clock; called periodically */
  checkTime(now: number, idleTimeoutMs: number): void {
    // Unread data may be a response to any request.
    if (this.#end.held.isHeld) this.#liveness.received();
    if (this.#hasMoved || this.#end.held.isHeld) {
      this.#hasMoved = false;
      this.#movedAt = now;
    }
    const hasStreams = this.#streams.size > 0;
    switch (this.#liveness.check({ now, hasStreams, idleTimeoutMs, maxRestMs: this.#maxRest })) {
      case 'ask':
        this.#writer.send(PING);
        break;
      case 'give_up':
        this.#close(new CodedError('idle_timeout', 'no byte arrived in time'));
        break;
      case 'close':
        this.#close(new Error('no longer needed'), ErrorCode.noError);
        break;
    }
  }

  /** A connection that accepts no requests is useless, and would keep others from being opened. */
  get #maxRest(): number {
    return this.maxStreams === 0 ? 0 : MAX_REST_MS;
  }

  /** @returns whether it was idle; it then accepts no more requests */
  closeIfIdle(): boolean {
    if (this.#streams.size > 0 || this.#end.isClosed) return false;
    this.#close(new Error('no longer needed'), ErrorCode.noError);
    return true;
  }

  destroy(): void {
    this.#close(new Error('the client was closed'));
  }

  onData(id: number, piece: Buffer): void {
    const stream = this.#streams.find(id);
    if (stream === undefined) return;
    this.#hasMoved = true;
    if (!stream.hasHeaders) throw new ConnectionError(ErrorCode.protocolError, 'data before their header');
    stream.handler.onData(piece);
  }

  onDataEnd(id: number, flags: number, length: number): void {
    this.#blocks.expectNone();
    if (id === 0) throw new ConnectionError(ErrorCode.protocolError, 'data on no stream');
    this.#windows.consumed(length);
    const stream = this.#streams.find(id);
    if (stream === undefined) return;
    this.#hasMoved = true;
    if ((flags & Flag.endStream) !== 0) {
      this.#complete(stream);
      return;
    }
    stream.consumed = this.#windows.consumedBy(id, stream.consumed + length);
  }

  onFrame(type: number, flags: number, id: number, payload: Buffer): void {
    if (type !== FrameType.continuation) this.#blocks.expectNone();
    switch (type) {
      case FrameType.headers:
        this.#headers(this.#blocks.begin(id, flags, payload));
        break;
      case FrameType.continuation:
        this.#headers(this.#blocks.continue(id, flags, payload));
        break;
      case FrameType.rstStream:
        this.#reset(id, payload);
        break;
      case FrameType.settings:
        if (this.#settings.receive(flags, payload)) this.#events.onRoom();
        break;
      case FrameType.ping:
        if ((flags & Flag.ack) === 0) this.#writer.send(encodeFrame(FrameType.ping, Flag.ack, 0, payload));
        else this.#windows.answered(payload);
        break;
      case FrameType.goaway:
        this.#goaway(payload);
        break;
      case FrameType.pushPromise:
        throw new ConnectionError(ErrorCode.protocolError, 'a push that was not allowed');
      // WINDOW_UPDATE concerns request bodies alone; unknown types are ignored (RFC 9113, 5.5).
    }
  }

  #headers(block: HeaderBlock | undefined): void {
    if (block === undefined) return;
    const { stream: id, flags, headers } = block;
    const stream = this.#streams.find(id);
    if (stream === undefined) {
      if (id > 0 && id < this.#nextId) return;
      throw new ConnectionError(ErrorCode.protocolError, 'an answer that nobody asked for');
    }
    this.#hasMoved = true;
    // 1xx precedes the final response; a header block after that is trailers.
    const isFinal = !stream.hasHeaders && headers[':status']?.startsWith('1') !== true;
    if (isFinal) {
      stream.hasHeaders = true;
      stream.handler.onHeaders(headers);
    }
    if ((flags & Flag.endStream) !== 0) this.#complete(stream);
  }

  #complete(stream: Stream): void {
    // The handler may have canceled it meanwhile.
    if (!this.#streams.delete(stream)) return;
    stream.handler.onEnd();
    this.#freed();
  }

  #reset(id: number, payload: Buffer): void {
    const code = decodeReset(payload);
    const stream = this.#streams.find(id);
    if (stream === undefined) return;
    this.#streams.delete(stream);
    const error = new Error(`the server reset the stream: ${errorName(code)}`);
    const isUnsupported = code === ErrorCode.http11Required;
    if (isUnsupported) this.#events.onUnsupported();
    stream.handler.onError(error, isUnsupported || code === ErrorCode.refusedStream);
    this.#freed();
  }

  /** The server has not processed requests after the last one it names (RFC 9113, 6.8). */
  #goaway(payload: Buffer): void {
    const { last, code } = decodeGoaway(payload);
    this.#isDraining = true;
    if (code === ErrorCode.http11Required) this.#events.onUnsupported();
    const error = new Error(`the server goes away: ${errorName(code)}`);
    for (const stream of this.#streams.all.filter(({ id }) => id > last)) {
      if (this.#streams.delete(stream)) stream.handler.onError(error, true);
    }
    this.#freed();
  }

  #cancel(stream: Stream): void {
    if (!this.#streams.delete(stream)) return;
    this.#writer.send(encodeNumber(FrameType.rstStream, stream.id, ErrorCode.cancel));
    this.#freed();
  }

  #freed(): void {
    if (this.#end.isClosed) return;
    if (this.#isDraining && this.#streams.size === 0) this.#close(new Error('no more streams'));
    else this.#events.onRoom();
  }

  /** @param code of a GOAWAY; undefined if none is sent */
  #close(error: Error, code?: number): void {
    if (this.#end.isClosed) return;
    this.#isDraining = true;
    if (code === undefined) this.#end.destroy();
    else this.#end.endWith(code);
    for (const { handler } of this.#streams.take()) handler.onError(error, false);
    this.#events.onClosed();
  }
}
