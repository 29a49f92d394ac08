import { errorMessage } from '@crates-mirror/errors';
import { cutOff, type Reply, type Request } from '@crates-mirror/http-content';
import type { Logger } from '@crates-mirror/logging';
import { sendRefusal } from '../api/answer-api.ts';
import type { Answered, Routes } from '../routes.ts';
import type { Telemetry } from '../telemetry.ts';
import type { Connections } from './connections.ts';
import { FailureLog } from './failure-log.ts';
import { refusalOf } from './refusal.ts';

/** Handling that is common to all requests. */
export class RequestHandler {
  readonly #routes: Routes;
  readonly #telemetry: Telemetry;
  readonly #logger: Logger;
  readonly #failures: FailureLog;
  readonly #connections: Connections;
  readonly #retryAfter: number | undefined;
  #isDraining = false;

  /**
   * @param retryAfter s after which a client may repeat a request that failed; undefined if that is
   * unlikely to help
   */
  constructor(
    routes: Routes,
    telemetry: Telemetry,
    connections: Connections,
    logger: Logger,
    retryAfter?: number,
  ) {
    this.#retryAfter = retryAfter;
    this.#routes = routes;
    this.#telemetry = telemetry;
    this.#connections = connections;
    this.#logger = logger;
    this.#failures = new FailureLog(logger);
  }

  /** Listener for node:http and node:http2. */
  readonly listener = (request: Request, reply: Reply): void => {
    void this.#handle(request, reply);
  };

  /** Tells HTTP/1.1 clients from now on to close their connections, and closes idle connections. */
  drain(): void {
    this.#isDraining = true;
    this.#connections.drain();
  }

  async #handle(request: Request, reply: Reply): Promise<void> {
    const startedAt = performance.now();
    // A client that disconnects is not a server error.
    reply.on('error', () => {});
    const isHttp1 = request.httpVersionMajor === 1;
    const underWay = isHttp1 ? this.#connections.began(request, reply) : 1;
    const refusal = refusalOf(request, underWay);
    if (isHttp1 && (this.#isDraining || refusal !== undefined)) reply.setHeader('connection', 'close');
    let answered: Answered = { kind: 'other', bytes: 0 };
    try {
      if (refusal !== undefined) sendRefusal(request, reply, refusal.status, refusal.why);
      else answered = await this.#routes.answer(request, reply);
    } catch (error) {
      this.#fail(request, reply, error);
    }
    const took = performance.now() - startedAt;
    this.#telemetry.count(answered, reply.statusCode, took);
    if (this.#logger.isLevelEnabled('debug'))
      this.#logger.debug(
        { status: reply.statusCode, bytes: answered.bytes, ms: Math.round(took) },
        `${request.method} ${request.url}`,
      );
  }

  #fail(request: Request, reply: Reply, error: unknown): void {
    this.#failures.tell(`${request.method} ${request.url}`, errorMessage(error));
    if (reply.headersSent) {
      cutOff(reply);
      return;
    }
    if (this.#retryAfter !== undefined) reply.setHeader('retry-after', String(this.#retryAfter));
    const status = this.#retryAfter === undefined ? 500 : 503;
    sendRefusal(request, reply, status, 'the mirror cannot answer this now');
  }
}
