import type { ServerResponse } from 'node:http';
import { type Handler, textReply } from '@crates-mirror/metrics';
import type { PageModel } from './model.ts';

const EVERY_MS = 1000;
const MAX_READERS = 20;
const HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  'X-Accel-Buffering': 'no',
};

/** Sends the state to every open page once a second, as server-sent events (HTML Standard, 9.2). */
export class EventStream {
  readonly #model: () => PageModel;
  readonly #readers = new Set<ServerResponse>();
  readonly #timer: NodeJS.Timeout;

  constructor(model: () => PageModel) {
    this.#model = model;
    this.#timer = setInterval(() => this.#send(), EVERY_MS).unref();
  }

  readonly handler: Handler = ({ isHead }, response) => {
    if (isHead) return { headers: HEADERS, body: '' };
    if (this.#readers.size >= MAX_READERS) return textReply(503, `${MAX_READERS} pages are open already`);
    response.writeHead(200, HEADERS);
    response.write(encode(this.#model()));
    this.#readers.add(response);
    response.once('close', () => this.#readers.delete(response));
    return undefined;
  };

  /** Sends the state for the last time. */
  end(): void {
    clearInterval(this.#timer);
    const last = encode(this.#model());
    for (const reader of this.#readers) reader.end(last);
  }

  #send(): void {
    if (this.#readers.size === 0) return;
    const event = encode(this.#model());
    for (const reader of this.#readers) {
      // A slow reader skips events until its buffer is empty.
      if (!reader.writableNeedDrain) reader.write(event);
    }
  }
}

function encode(model: PageModel): string {
  return `data: ${JSON.stringify(model)}\n\n`;
}
