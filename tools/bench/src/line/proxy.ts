import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { DelayLine, type LineSettings } from './delay-line.ts';

/** One direction through the proxy, of one connection. */
interface Pipe {
  readonly source: Socket;
  readonly sink: Socket;
  /** Whether the sink's other end reads more slowly than data arrives. */
  isBlocked: boolean;
  /** Whether the connection's handshake is under way. */
  isOpening: boolean;
}

interface Parcel {
  readonly pipe: Pipe;
  /** `end` is a FIN, `reset` any other end of the connection. */
  readonly content: Buffer | 'end' | 'reset';
}

interface Direction {
  readonly line: DelayLine<Parcel>;
  readonly pipes: Set<Pipe>;
  isFull: boolean;
}

/**
 * Timers have whole milliseconds, and are late by a fraction of one: data due within the next one
 * is passed on.
 */
const EARLY_MS = 1;
/**
 * ms. The queue at the bottleneck: enough never to run dry on a busy machine, like a router's
 * buffer.
 */
const FULL_MS = 40;
const ROOM_MS = 20;
/**
 * Nothing more is read for a sink with more unwritten bytes than this: together with data under
 * way, this bounds a connection's memory.
 */
const MAX_UNWRITTEN = 4 << 20;

/**
 * A TCP proxy that turns loopback into a long line. Both sides see a peer that accepts everything
 * at once, as with windows larger than the line can fill: there is neither TCP slow start nor loss.
 * A connection takes a round trip to open.
 */
export class LineProxy {
  readonly #directions: readonly [Direction, Direction];
  readonly #server;
  readonly #sockets = new Set<Socket>();
  readonly #to: { readonly host: string; readonly port: number };
  #settings: LineSettings;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires. */
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(to: { readonly host: string; readonly port: number }, settings: LineSettings) {
    this.#to = to;
    this.#settings = settings;
    this.#directions = [direction(), direction()];
    this.set(settings);
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true }, (client) =>
      this.#connected(client),
    );
  }

  /** @returns its listening port on 127.0.0.1 */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  /** Changes the line while it is in use. */
  set(settings: Partial<LineSettings>): void {
    this.#settings = { ...this.#settings, ...settings };
    for (const { line } of this.#directions) line.set(this.#settings);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #connected(client: Socket): void {
    const server = connect({ ...this.#to, allowHalfOpen: true, noDelay: true });
    const [up, down] = this.#directions;
    const there = this.#pipe(up, client, server);
    const back = this.#pipe(down, server, client);
    setTimeout(() => {
      there.isOpening = false;
      back.isOpening = false;
      flow(up, there);
      flow(down, back);
    }, this.#settings.rttMs);
  }

  #pipe(direction: Direction, source: Socket, sink: Socket): Pipe {
    const pipe: Pipe = { source, sink, isBlocked: false, isOpening: true };
    direction.pipes.add(pipe);
    this.#sockets.add(source);
    source.pause();
    source.on('data', (chunk: Buffer) => this.#send(direction, { pipe, content: chunk }));
    source.on('end', () => this.#send(direction, { pipe, content: 'end' }));
    // An error is followed by 'close'.
    source.on('error', () => {});
    source.on('close', (hadError) => {
      direction.pipes.delete(pipe);
      this.#sockets.delete(source);
      if (hadError || !source.readableEnded) this.#send(direction, { pipe, content: 'reset' });
    });
    sink.on('drain', () => {
      pipe.isBlocked = false;
      flow(direction, pipe);
    });
    return pipe;
  }

  #send(direction: Direction, parcel: Parcel): void {
    const { content } = parcel;
    const now = performance.now();
    direction.line.send(parcel, typeof content === 'string' ? 0 : content.length, now);
    if (!direction.isFull && direction.line.queueMs(now) > FULL_MS) {
      direction.isFull = true;
      for (const pipe of direction.pipes) pipe.source.pause();
    }
    this.#wakeUp(now);
  }

  /** One timer for all items under way. */
  #wakeUp(now: number): void {
    let next = Number.POSITIVE_INFINITY;
    for (const { line, isFull } of this.#directions) {
      next = Math.min(next, line.nextDue ?? next);
      if (isFull) next = Math.min(next, now + line.queueMs(now) - ROOM_MS);
    }
    if (next >= this.#wakesAt) return;
    clearTimeout(this.#timer);
    this.#wakesAt = next;
    const wait = next - EARLY_MS - now;
    if (wait <= 0) setImmediate(() => this.#awake());
    else this.#timer = setTimeout(() => this.#awake(), Math.ceil(wait));
  }

  #awake(): void {
    this.#wakesAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    for (const direction of this.#directions) {
      deliver(direction, now + EARLY_MS);
      if (!direction.isFull || direction.line.queueMs(now) > ROOM_MS + EARLY_MS) continue;
      direction.isFull = false;
      for (const pipe of direction.pipes) flow(direction, pipe);
    }
    this.#wakeUp(performance.now());
  }
}

function direction(): Direction {
  return { line: new DelayLine(), pipes: new Set(), isFull: false };
}

function flow({ isFull }: Direction, { source, isBlocked, isOpening }: Pipe): void {
  if (!isFull && !isBlocked && !isOpening) source.resume();
}

/** Passes on data that has arrived, with one system call per connection. */
function deliver({ line }: Direction, now: number): void {
  const pipes = new Set<Pipe>();
  for (let parcel = line.receive(now); parcel !== undefined; parcel = line.receive(now)) {
    const { pipe, content } = parcel;
    const { sink } = pipe;
    if (sink.destroyed) continue;
    if (content === 'reset') sink.resetAndDestroy();
    else if (content === 'end') sink.end();
    else if (!sink.writableEnded) {
      if (!pipes.has(pipe)) sink.cork();
      pipes.add(pipe);
      sink.write(content);
    }
  }
  for (const pipe of pipes) {
    pipe.sink.uncork();
    if (pipe.sink.writableLength <= MAX_UNWRITTEN) continue;
    pipe.isBlocked = true;
    pipe.source.pause();
  }
}
