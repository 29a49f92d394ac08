import type { Server } from 'node:net';
import type { Logger } from '@crates-mirror/logging';
import {
  DEFAULT_BOUNDS,
  type HistogramCounts,
  noObservations,
  observe,
} from '@crates-mirror/metrics/histogram';
import type { ServeOptions } from './options.ts';
import type { Answered } from './routes.ts';

/** Requests of one kind with the same response status. */
export interface RequestCount {
  readonly kind: string;
  readonly status: number;
  requests: number;
  /** Bytes of bodies. */
  bytes: number;
}

/** Counts requests and bytes in plain numbers, for metrics and the log. */
export class Telemetry {
  readonly #options: Pick<ServeOptions, 'progressInterval' | 'progressEvery'>;
  readonly #logger: Logger;
  readonly #counts = new Map<string, RequestCount>();
  /** Seconds from a request to the head of its response. */
  readonly seconds: HistogramCounts = noObservations(DEFAULT_BOUNDS);
  #timer: NodeJS.Timeout | undefined;
  requests = 0;
  bytes = 0;
  connections = 0;
  /** Connections that were rejected because there were too many. */
  rejected = 0;

  constructor(options: Pick<ServeOptions, 'progressInterval' | 'progressEvery'>, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
  }

  get counts(): Iterable<RequestCount> {
    return this.#counts.values();
  }

  count({ kind, bytes }: Answered, status: number, ms: number): void {
    const key = `${kind} ${status}`;
    let count = this.#counts.get(key);
    if (count === undefined) {
      count = { kind, status, requests: 0, bytes: 0 };
      this.#counts.set(key, count);
    }
    count.requests += 1;
    count.bytes += bytes;
    observe(this.seconds, DEFAULT_BOUNDS, ms / 1000);
    this.requests += 1;
    this.bytes += bytes;
    if (this.#options.progressEvery > 0 && this.requests % this.#options.progressEvery === 0) this.#log();
  }

  watch(server: Server): void {
    server.on('connection', (socket) => {
      this.connections += 1;
      socket.once('close', () => {
        this.connections -= 1;
      });
    });
    server.on('drop', () => {
      this.rejected += 1;
    });
  }

  start(): void {
    if (this.#options.progressInterval > 0)
      this.#timer = setInterval(() => this.#log(), this.#options.progressInterval).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #log(): void {
    const { requests, bytes, connections } = this;
    this.#logger.info({ requests, bytes, connections }, 'progress');
  }
}
