import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage, FatalError } from '@crates-mirror/errors';
import { Pool } from '@crates-mirror/http-client/undici';
import { type BackoffPolicy, MAX_RETRY_AFTER_MS, parseRetryAfter, retryDelay } from '@crates-mirror/retry';
import type { Connection } from './connection.ts';
import { encodePath, encodeQuery } from './encode.ts';
import { EMPTY_SHA256, Signer } from './signature.ts';
import {
  isTransientAnswer,
  type StoreAnswer,
  storeFailure,
  storeUnreachable,
  wrongAnswer,
} from './store-failure.ts';
import { elementText } from './xml.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 60_000;
/**
 * S3 needs patience rather than speed: SlowDown may last for minutes while a prefix is being split.
 */
const BACKOFF: BackoffPolicy = { retries: 8, baseMs: 200, maxMs: 20_000 };

/**
 * Retries while the store has never answered: a wrong address is more likely than an outage of
 * minutes.
 */
const FIRST_RETRIES = 1;

/** A body whose length and checksum are known before it is sent. */
export interface StoreBody {
  /** bytes */
  readonly size: number;
  /** lower-case hex */
  readonly sha256: string;
  /** Called for each attempt. */
  readonly pieces: () => AsyncIterable<Buffer> | Iterable<Buffer>;
}

export interface StoreRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query?: Readonly<Record<string, string>>;
  /** with lower-case names */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: StoreBody;
  /** Expected statuses besides 2xx. */
  readonly expected?: readonly number[];
  /** Largest body of the response that is accepted, in bytes [any]. */
  readonly maxBody?: number;
}

/** How long requests may take. */
export interface Patience {
  /** [enough for some minutes of SlowDown] */
  readonly backoff?: BackoffPolicy;
  /** For the store to answer, and between two chunks of its response. ms [a minute] */
  readonly idleTimeoutMs?: number;
  /** A store that asks for a longer pause is not asked again. ms [five minutes] */
  readonly maxRetryAfterMs?: number;
}

export interface StoreReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Sends signed requests to one bucket, and retries them where that may help. */
export class Transport {
  readonly #connection: Connection;
  readonly #pool: Pool;
  readonly #backoff: BackoffPolicy;
  readonly #maxRetryAfterMs: number;
  #hasAnswered = false;
  #signer: { readonly of: unknown; readonly signer: Signer } | undefined;

  /** @param connections concurrent connections */
  constructor(connection: Connection, connections: number, patience: Patience = {}) {
    const { backoff = BACKOFF, idleTimeoutMs = IDLE_TIMEOUT_MS } = patience;
    this.#connection = connection;
    this.#backoff = backoff;
    this.#maxRetryAfterMs = patience.maxRetryAfterMs ?? MAX_RETRY_AFTER_MS;
    this.#pool = new Pool(connection.origin, {
      connections,
      headersTimeout: idleTimeoutMs,
      bodyTimeout: idleTimeoutMs,
      connect: {
        timeout: CONNECT_TIMEOUT_MS,
        ...(connection.ca === undefined ? {} : { ca: connection.ca }),
      },
    });
  }

  /**
   * @param what names the request in errors
   * @throws FatalError if the store refuses, or does not answer; and any error of the body's source
   */
  async send(what: string, request: StoreRequest): Promise<StoreReply> {
    for (let retry = 1; ; retry++) {
      const source = request.body === undefined ? undefined : new Source(request.body);
      let failure: Error;
      let retryAfterMs: number | undefined;
      try {
        const reply = await this.#attempt(what, request, source);
        const { status } = reply;
        this.#hasAnswered = true;
        if (status >= 200 && status < 300) return reply;
        const answer = answerOf(reply);
        // A missing bucket is different from a missing object.
        if (request.expected?.includes(status) === true && answer.word !== 'NoSuchBucket') return reply;
        failure = storeFailure(what, answer);
        if (!isTransientAnswer(answer)) throw failure;
        retryAfterMs = parseRetryAfter(textOf(reply.headers['retry-after']));
      } catch (error) {
        if (source?.failure !== undefined) throw source.failure;
        if (!isTransport(error)) throw error;
        failure = storeUnreachable(what, errorMessage(error));
      }
      const { retries } = this.#backoff;
      if ((retryAfterMs ?? 0) > this.#maxRetryAfterMs) throw failure;
      if (retry > (this.#hasAnswered ? retries : Math.min(retries, FIRST_RETRIES))) throw failure;
      await sleep(retryDelay(retry, this.#backoff, retryAfterMs));
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #attempt(
    what: string,
    { method, key, query = {}, headers = {}, body, maxBody = Number.POSITIVE_INFINITY }: StoreRequest,
    source: Source | undefined,
  ): Promise<StoreReply> {
    const { host, path: base } = this.#connection;
    const path = `${base}${encodePath(key)}`;
    const bodySha256 = body?.sha256 ?? EMPTY_SHA256;
    const length = body === undefined ? {} : { 'content-length': String(body.size) };
    const unsigned = { method, host, path, query, headers: { ...headers, ...length }, bodySha256 };
    const signer = await this.#signerNow();
    const search = encodeQuery(query);
    const { statusCode, ...reply } = await this.#pool.request({
      method,
      path: search === '' ? path : `${path}?${search}`,
      headers: signer.sign(unsigned, Date.now()),
      body: source === undefined ? null : Readable.from(source.pieces()),
    });
    const isTooLong = Number(reply.headers['content-length'] ?? 0) > maxBody;
    if (isTooLong && statusCode < 300 && method !== 'HEAD') {
      reply.body.destroy();
      throw wrongAnswer(what, `answers with more than the ${maxBody} bytes that were requested`);
    }
    return {
      status: statusCode,
      headers: reply.headers,
      body: Buffer.from(await reply.body.arrayBuffer()),
    };
  }

  /**
   * A URL that anyone may GET for some time.
   *
   * @param seconds at most seven days
   */
  async presign(key: string, seconds: number): Promise<string> {
    const { origin, host, path: base } = this.#connection;
    const path = `${base}${encodePath(key)}`;
    const signer = await this.#signerNow();
    return `${origin}${path}?${encodeQuery(signer.presign({ host, path, seconds }, Date.now()))}`;
  }

  async #signerNow(): Promise<Signer> {
    const { credentials, region } = this.#connection;
    const current = await credentials.current();
    if (this.#signer?.of !== current) this.#signer = { of: current, signer: new Signer(current, region) };
    return this.#signer.signer;
  }
}

/** The body of an attempt; an error in reading it is not a failure of the store. */
class Source {
  failure: unknown;
  readonly #body: StoreBody;

  constructor(body: StoreBody) {
    this.#body = body;
  }

  async *pieces(): AsyncGenerator<Buffer> {
    let size = 0;
    try {
      for await (const piece of this.#body.pieces()) {
        size += piece.length;
        if (size > this.#body.size) throw this.#changed();
        yield piece;
      }
      if (size < this.#body.size) throw this.#changed();
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  #changed(): FatalError {
    return new FatalError('changed', `a body has not the ${this.#body.size} bytes that were promised`);
  }
}

/** Whether an error concerns the connection: Node's own and undici's have an upper-case code. */
function isTransport(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^[A-Z_]+[A-Z0-9_]*$/.test(String(error.code));
}

function answerOf({ status, headers, body }: StoreReply): StoreAnswer {
  const xml = body.toString('utf8');
  return { status, word: elementText(xml, 'Code'), date: Date.parse(textOf(headers['date']) ?? '') };
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}
