import { CodedError, FatalError } from '@crates-mirror/errors';
import { describeAddress, type S3Address } from './address.ts';
import { connectionOf } from './connection.ts';
import { type ListedObject, type ListingPage, parseListing } from './listing.ts';
import { checksumIn, etagIn, NOTED_SHA256, type ObjectChecksum } from './object-headers.ts';
import type { S3Options } from './options.ts';
import { wrongAnswer } from './store-failure.ts';
import { type Patience, type StoreBody, type StoreReply, type StoreRequest, Transport } from './transport.ts';

/** Metadata stored with an object. */
export interface ObjectHeaders {
  readonly contentType: string;
  readonly cacheControl: string;
}

/** What a store reports about an object without its content. */
export interface ObjectFacts extends Partial<ObjectChecksum> {
  /** bytes */
  readonly size: number;
  /** without quotes */
  readonly etag: string;
}

export interface StoredObject {
  readonly body: Buffer;
  readonly etag: string;
  /** When it was written, ms since the epoch; 0 if the store does not say it. */
  readonly modifiedAt: number;
}

export interface BucketDeps extends Patience {
  readonly address: S3Address;
  readonly options: S3Options;
  readonly environment: NodeJS.ProcessEnv;
  /** Concurrent requests. */
  readonly connections: number;
  /** Objects per page of a listing [the store's default]. */
  readonly pageSize?: number;
}

/** A request for a key relative to the prefix, or for the bucket itself. */
export type BucketRequest = Omit<StoreRequest, 'key'> & { readonly key: string | undefined };

/** A precondition of a write; undefined for none. `absent`: only if the object does not exist. */
export type Precondition = 'absent' | undefined;

/**
 * The objects below one prefix of a bucket. Keys are relative to the prefix. If a store refuses a
 * request, or does not answer after all attempts, that is a FatalError, since every other request
 * would fail as well.
 */
export class Bucket {
  readonly #address: S3Address;
  readonly #transport: Transport;
  readonly #pageSize: number | undefined;

  /** @throws UsageError if the options do not determine how to reach it */
  constructor(deps: BucketDeps) {
    const { address, options, environment, connections, pageSize } = deps;
    this.#address = address;
    this.#pageSize = pageSize;
    this.#transport = new Transport(connectionOf(address, options, environment), connections, deps);
  }

  /** `s3://bucket/prefix/key`, for messages */
  describe(key = ''): string {
    return describeAddress(this.#address, key);
  }

  /** The common beginning of all keys, as the store has them. */
  get prefix(): string {
    return this.#address.prefix;
  }

  /** @returns undefined if the object does not exist */
  async get(key: string): Promise<StoredObject | undefined> {
    const reply = await this.request({ method: 'GET', key, expected: [404] });
    return reply.status === 404 ? undefined : objectIn(reply);
  }

  /**
   * @param etag what the caller has, without quotes
   * @returns undefined if the object does not exist
   */
  async getUnless(key: string, etag: string): Promise<StoredObject | 'unchanged' | undefined> {
    const headers = { 'if-none-match': `"${etag}"` };
    const reply = await this.request({ method: 'GET', key, headers, expected: [304, 404] });
    if (reply.status === 404) return undefined;
    return reply.status === 304 ? 'unchanged' : objectIn(reply);
  }

  /**
   * Bytes `start` to `end` (inclusive) of one version of an object.
   *
   * @param etag of that version, without quotes
   * @throws CodedError `changed` if there is another version now, or `gone`
   */
  async getRange(key: string, start: number, end: number, etag: string): Promise<Buffer> {
    const length = end + 1 - start;
    const headers = { range: `bytes=${start}-${end}`, 'if-match': `"${etag}"` };
    const request = { method: 'GET', key, headers, expected: [404, 412, 416], maxBody: length } as const;
    const reply = await this.request(request);
    if (reply.status === 404) throw new CodedError('gone', `${this.describe(key)} is not there now`);
    const isOther = reply.status === 412 || reply.status === 416 || etagIn(reply.headers) !== etag;
    if (isOther) throw new CodedError('changed', `${this.describe(key)} has changed`);
    if (reply.body.length !== length)
      throw wrongAnswer(
        `GET ${this.describe(key)}`,
        `answers with ${reply.body.length} bytes instead of ${length}`,
      );
    return reply.body;
  }

  /** A URL that anyone may GET for some time. @param seconds at most seven days */
  presign(key: string, seconds: number): Promise<string> {
    return this.#transport.presign(this.#address.prefix + key, seconds);
  }

  /** @returns undefined if the object does not exist */
  async head(key: string): Promise<ObjectFacts | undefined> {
    const asking = { 'x-amz-checksum-mode': 'ENABLED' };
    const request = { method: 'HEAD', key, headers: asking, expected: [404] } as const;
    const { status, headers } = await this.request(request);
    if (status === 404) return undefined;
    return { size: Number(headers['content-length']), etag: etagIn(headers), ...checksumIn(headers) };
  }

  /**
   * Stores an object, which becomes visible once all of its bytes have arrived and match the
   * checksum.
   *
   * @returns its ETag without quotes; undefined if the precondition was not met
   */
  async put(
    key: string,
    body: StoreBody,
    { contentType, cacheControl }: ObjectHeaders,
    precondition?: Precondition,
  ): Promise<string | undefined> {
    const headers = {
      'content-type': contentType,
      'cache-control': cacheControl,
      'x-amz-checksum-sha256': Buffer.from(body.sha256, 'hex').toString('base64'),
      [NOTED_SHA256]: body.sha256,
      ...(precondition === undefined ? {} : { 'if-none-match': '*' }),
    };
    const expected = precondition === undefined ? [] : [409, 412];
    const reply = await this.request({ method: 'PUT', key, headers, body, expected });
    return reply.status >= 300 ? undefined : etagIn(reply.headers);
  }

  /** Removes an object, if it exists. */
  async delete(key: string): Promise<void> {
    await this.request({ method: 'DELETE', key, expected: [404] });
  }

  /** All objects whose keys begin with `begin`, in the order of their keys. */
  async *list(begin: string): AsyncGenerator<ListedObject> {
    for await (const { objects } of this.pages(begin)) yield* objects;
  }

  /** The distinct prefixes of keys that begin with `begin`, up to and including the next slash. */
  async directories(begin: string): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const { prefixes } of this.pages(begin, '/')) found.push(...prefixes);
    return found;
  }

  /**
   * The pages of a listing.
   *
   * @param delimiter lists only the objects whose keys do not have it after `begin`, and the
   *   distinct beginnings of the others up to and including it
   * @throws FatalError if the store refuses, or its answer is not complete
   */
  async *pages(begin: string, delimiter?: string): AsyncGenerator<ListingPage> {
    const { prefix } = this.#address;
    for (let token: string | undefined; ; ) {
      const query = {
        'list-type': '2',
        'encoding-type': 'url',
        prefix: prefix + begin,
        ...(delimiter === undefined ? {} : { delimiter }),
        ...(this.#pageSize === undefined ? {} : { 'max-keys': String(this.#pageSize) }),
        ...(token === undefined ? {} : { 'continuation-token': token }),
      };
      const { body } = await this.#transport.send(`list ${this.describe(begin)}`, {
        method: 'GET',
        key: '',
        query,
      });
      const page = parseListing(body.toString('utf8'));
      if (page === undefined)
        throw new FatalError('bad_listing', `list ${this.describe(begin)}: the answer is no whole listing`);
      yield {
        objects: page.objects.map((object) => ({ ...object, key: object.key.slice(prefix.length) })),
        prefixes: page.prefixes.map((one) => one.slice(prefix.length)),
        next: page.next,
      };
      if (page.next === undefined) return;
      token = page.next;
    }
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  /**
   * Sends any other request.
   *
   * @param request its key is undefined for the bucket itself
   * @throws FatalError if the store refuses, or does not answer
   */
  request({ key, ...request }: BucketRequest): Promise<StoreReply> {
    const what = `${request.method} ${this.describe(key)}`;
    return this.#transport.send(what, {
      ...request,
      key: key === undefined ? '' : this.#address.prefix + key,
    });
  }
}

function objectIn({ headers, body }: StoreReply): StoredObject {
  return { body, etag: etagIn(headers), modifiedAt: Date.parse(String(headers['last-modified'])) || 0 };
}
