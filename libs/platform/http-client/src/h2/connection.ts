import type { TLSSocket } from 'node:tls';
import { CodedError } from '@crates-mirror/errors';
import type { Carrier } from '../carrier.ts';
import type { Resume } from '../resume.ts';
import { type Seated, Seats } from '../seats.ts';
import { ConnectionError } from './connection-error.ts';
import { FrameReader, type FrameSink } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import {
  CONNECTION_PREFACE,
  ErrorCode,
  encodeFrame,
  encodeGoaway,
  encodeNumber,
  errorName,
  Flag,
  FrameType,
  Setting,
} from './frames.ts';
import { type HeaderBlock, HeaderBlocks } from './header-blocks.ts';
import type { DecodedHeaders } from './hpack-decoder.ts';
import { HpackError } from './hpack-error.ts';
import { Liveness } from './liveness.ts';
import { ReceiveWindows } from './receive-windows.ts';
import type { Method, RequestBlocks } from './request-block.ts';

/** Receives the response to one request. */
export interface StreamHandler {
  /** @param headers those that were wanted, `:status` among them */
  onHeaders(headers: DecodedHeaders): void;
  /** The piece is valid within the call only. */
  onData(piece: Buffer): void;
  onEnd(): void;
  /** @param isUnprocessed the server says that it did nothing with the request (RFC 9113, 8.7) */
  onError(error: Error, isUnprocessed: boolean): void;
}

export interface ConnectionEvents {
  /** There may be room for more requests. */
  readonly onRoom: () => void;
  /** No more requests go here. */
  readonly onClosed: () => void;
  /** The server wants HTTP/1.1 instead (RFC 9113, 7: HTTP_1_1_REQUIRED). */
  readonly onUnsupported: () => void;
}

interface Stream extends Seated {
  readonly id: number;
  readonly handler: StreamHandler;
  hasHeaders: boolean;
  /** bytes received since the last WINDOW_UPDATE */
  consumed: number;
}

/** Of streams, where the server's SETTINGS name no limit (RFC 9113, 6.5.2). */
const UNLIMITED = Number.POSITIVE_INFINITY;
const LAST_STREAM_ID = 2 ** 31 - 1;
/** A server that asks for answers (to pings, say) and never reads them must not fill the memory. Bytes. */
const MOST_UNSENT = 4 << 20;
/** A connection with nothing to do is closed after so long: there may be hundreds of origins. ms */
const LONGEST_REST_MS = 10_000;
/** A table of size 0: ours is never used, and a change of its size has to be told (RFC 7541, 4.2). */
const NO_TABLE = Buffer.from([0x20]);
/** A server is told why its connection ends, if it listens. ms */
const FAREWELL_MS = 1000;
const PING = encodeFrame(FrameType.ping, 0, 0, Buffer.from('still on'));

/**
 * The client's end of one HTTP/2 connection (RFC 9113), for GETs and HEADs and nothing else: no request bodies, no trailers, no
 * push, no priorities. Data are handed on where TLS has put them, without a copy and without garbage.
 */
export class H2Connection implements FrameSink, Carrier {
  readonly #socket: TLSSocket;
  readonly #requests: RequestBlocks;
  readonly #events: ConnectionEvents;
  readonly #reader = new FrameReader(this);
  readonly #writer: FrameWriter;
  readonly #blocks = new HeaderBlocks();
  readonly #streams = new Seats<Stream>();
  #nextId = 1;
  #mostStreams: number | undefined;
  readonly #windows: ReceiveWindows;
  readonly #liveness = new Liveness();
  /** Whether something has arrived for a stream since the times were looked at: pings and settings answer nobody. */
  #hasMoved = false;
  #movedAt = 0;
  #owesTableSize = false;
  #isDraining = false;
  #isClosed = false;

  /** @param socket connected, with h2 negotiated; what it reads comes to {@link receive} */
  constructor(socket: TLSSocket, requests: RequestBlocks, events: ConnectionEvents) {
    this.#socket = socket;
    this.#requests = requests;
    this.#events = events;
    this.#writer = new FrameWriter((bytes) => this.#write(bytes));
    socket.on('error', (error) => this.#close(error));
    socket.on('close', () => this.#close(new Error('the server closed the connection')));
    this.#writer.send(Buffer.from(CONNECTION_PREFACE));
    this.#windows = new ReceiveWindows(this.#writer);
    this.#windows.open();
  }

  /** How many streams the server takes, once it has told. */
  get mostStreams(): number | undefined {
    return this.#mostStreams;
  }

  /** Whether it does, once it has room. */
  get takesRequests(): boolean {
    return !this.#isDraining && !this.#liveness.isDoubtful;
  }

  /**
   * @param mostStreams the client's own limit
   * @param assumed the server's, until it has told
   */
  hasRoom(mostStreams: number, assumed: number): boolean {
    return this.takesRequests && this.#streams.size < Math.min(this.#mostStreams ?? assumed, mostStreams);
  }

  /** Sends a request; there has to be room. @returns what ends it early, telling the handler nothing */
  send(path: string, method: Method, handler: StreamHandler, resume?: Resume): () => void {
    const id = this.#nextId;
    this.#nextId += 2;
    if (this.#nextId > LAST_STREAM_ID) this.#isDraining = true;
    const stream: Stream = { id, handler, hasHeaders: false, consumed: 0, seat: 0 };
    this.#streams.add(stream);
    const block = this.#requests.of(path, method, resume);
    this.#writer.sendRequest(id, this.#owesTableSize ? Buffer.concat([NO_TABLE, block]) : block);
    this.#owesTableSize = false;
    return () => this.#cancel(stream);
  }

  /** What the socket has read; valid within the call only. */
  receive(chunk: Buffer): void {
    if (this.#isClosed) return;
    if (this.#liveness.received()) this.#events.onRoom();
    try {
      this.#reader.push(chunk);
    } catch (error) {
      if (!(error instanceof ConnectionError || error instanceof HpackError)) throw error;
      this.#writer.send(
        encodeGoaway(error instanceof HpackError ? ErrorCode.compressionError : error.errorCode),
      );
      this.#writer.flush();
      this.#close(error, FAREWELL_MS);
    }
  }

  get movedAt(): number {
    return this.#movedAt;
  }

  /** @param now ms on performance.now()'s clock; called every now and then */
  checkTime(now: number, idleTimeoutMs: number): void {
    if (this.#hasMoved) {
      this.#hasMoved = false;
      this.#movedAt = now;
    }
    const hasStreams = this.#streams.size > 0;
    switch (this.#liveness.check({ now, hasStreams, idleTimeoutMs, longestRestMs: this.#longestRest })) {
      case 'ask':
        this.#writer.send(PING);
        break;
      case 'give_up':
        this.#close(new CodedError('idle_timeout', 'no byte arrived in time'));
        break;
      case 'close':
        this.#writer.send(encodeGoaway(ErrorCode.noError));
        this.#writer.flush();
        this.#close(new Error('no longer needed'), FAREWELL_MS);
        break;
    }
  }

  /** One that takes no requests is of no use, and would keep others from being opened. */
  get #longestRest(): number {
    return this.#mostStreams === 0 ? 0 : LONGEST_REST_MS;
  }

  destroy(): void {
    this.#close(new Error('the client was closed'));
  }

  onData(id: number, piece: Buffer): void {
    const stream = this.#stream(id);
    if (stream === undefined) return;
    this.#hasMoved = true;
    if (!stream.hasHeaders) throw new ConnectionError(ErrorCode.protocolError, 'data before their header');
    stream.handler.onData(piece);
  }

  onDataEnd(id: number, flags: number, length: number): void {
    this.#blocks.expectNone();
    if (id === 0) throw new ConnectionError(ErrorCode.protocolError, 'data on no stream');
    this.#windows.consumed(length);
    const stream = this.#stream(id);
    if (stream === undefined) return;
    this.#hasMoved = true;
    if ((flags & Flag.endStream) !== 0) {
      this.#end(stream);
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
        this.#settings(flags, payload);
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
      // WINDOW_UPDATE is for bodies that are sent, and there are none; unknown types are passed over (RFC 9113, 5.5).
    }
  }

  /** There are some dozens of streams at most: going through them takes no longer than asking a Map. */
  #stream(wanted: number): Stream | undefined {
    const { all } = this.#streams;
    // Not for-of, whose iterators are garbage of every frame until it has been compiled.
    for (let seat = 0; seat < all.length; seat++) if (all[seat]?.id === wanted) return all[seat];
    return undefined;
  }

  #headers(block: HeaderBlock | undefined): void {
    if (block === undefined) return;
    const { stream: id, flags, headers } = block;
    const stream = this.#stream(id);
    if (stream === undefined) {
      if (id === 0 || id >= this.#nextId) {
        throw new ConnectionError(ErrorCode.protocolError, 'an answer that nobody asked for');
      }
      return;
    }
    this.#hasMoved = true;
    const isEnd = (flags & Flag.endStream) !== 0;
    // 1xx goes before the answer; what comes after its header are trailers.
    const isFinal = !stream.hasHeaders && headers[':status']?.startsWith('1') !== true;
    if (isFinal) {
      stream.hasHeaders = true;
      stream.handler.onHeaders(headers);
    }
    if (isEnd) this.#end(stream);
  }

  #end(stream: Stream): void {
    // The handler may have cancelled it meanwhile.
    if (!this.#streams.delete(stream)) return;
    stream.handler.onEnd();
    this.#freed();
  }

  #reset(id: number, payload: Buffer): void {
    if (payload.length !== 4)
      throw new ConnectionError(ErrorCode.frameSizeError, 'a RST_STREAM of a wrong size');
    const stream = this.#stream(id);
    if (stream === undefined) return;
    this.#streams.delete(stream);
    const code = payload.readUInt32BE();
    const error = new Error(`the server reset the stream: ${errorName(code)}`);
    const isUnsupported = code === ErrorCode.http11Required;
    if (isUnsupported) this.#events.onUnsupported();
    stream.handler.onError(error, isUnsupported || code === ErrorCode.refusedStream);
    this.#freed();
  }

  #settings(flags: number, payload: Buffer): void {
    if ((flags & Flag.ack) !== 0) return;
    if (payload.length % 6 !== 0)
      throw new ConnectionError(ErrorCode.frameSizeError, 'SETTINGS of a wrong size');
    for (let at = 0; at + 6 <= payload.length; at += 6) {
      const setting = payload.readUInt16BE(at);
      if (setting === Setting.maxConcurrentStreams) this.#mostStreams = payload.readUInt32BE(at + 2);
      if (setting === Setting.headerTableSize) this.#owesTableSize = true;
    }
    this.#mostStreams ??= UNLIMITED;
    this.#writer.send(encodeFrame(FrameType.settings, Flag.ack, 0, Buffer.alloc(0)));
    this.#events.onRoom();
  }

  /** The server takes no more requests, and has not looked at those after the last one it names (RFC 9113, 6.8). */
  #goaway(payload: Buffer): void {
    if (payload.length < 8) throw new ConnectionError(ErrorCode.frameSizeError, 'a GOAWAY too short');
    const last = payload.readUInt32BE(0) & 0x7fffffff;
    const code = payload.readUInt32BE(4);
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
    if (this.#isClosed) return;
    if (this.#isDraining && this.#streams.size === 0) this.#close(new Error('no more streams'));
    else this.#events.onRoom();
  }

  #write(bytes: Buffer): void {
    if (this.#isClosed) return;
    this.#socket.write(bytes);
    if (this.#socket.writableLength > MOST_UNSENT) this.#close(new Error('the server reads nothing'));
  }

  /** @param farewellMs how long what was sent last may take to go out */
  #close(error: Error, farewellMs = 0): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isDraining = true;
    if (farewellMs === 0) {
      this.#socket.destroy();
    } else {
      this.#socket.end();
      setTimeout(() => this.#socket.destroy(), farewellMs).unref();
    }
    for (const { handler } of this.#streams.take()) handler.onError(error, false);
    this.#events.onClosed();
  }
}
