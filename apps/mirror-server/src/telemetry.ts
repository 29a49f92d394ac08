import type { Server } from 'node:net';
import type { Logger } from '@crates-mirror/logging';
import type { Counts } from './counts/counts.ts';
import type { ServeOptions } from './options.ts';
import type { Answered } from './routes.ts';

/** Counts what is served, for metrics and the log. */
export class Telemetry {
  readonly #options: ServeOptions;
  readonly #logger: Logger;
  requests = 0;
  #bytes = 0;

  constructor(options: ServeOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
  }

  count(answered: Answered, _status: number, _ms: number): void {
    this.requests += 1;
    this.#bytes += answered.bytes;
  }

  watch(_server: Server): void {}
  start(): void {
    void this.#options;
    void this.#logger;
  }
  stop(): void {}
  async render(_counts: Counts): Promise<{ type: string; text: string }> {
    return { type: 'text/plain', text: `${this.requests} ${this.#bytes}` };
  }
}
