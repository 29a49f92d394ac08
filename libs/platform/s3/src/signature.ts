import { createHash, createHmac } from 'node:crypto';
import { encodeQuery } from './encode.ts';

/** The signer's credentials. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** The parts of a request that are signed. */
export interface Unsigned {
  readonly method: string;
  readonly host: string;
  /** percent-encoded */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** with lower-case names */
  readonly headers: Readonly<Record<string, string>>;
  /** SHA-256 of the body in lower-case hex */
  readonly bodySha256: string;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** SHA-256 of empty input. */
export const EMPTY_SHA256 = sha256('');

/**
 * Signs requests with AWS's Signature Version 4, in headers. Source: AWS, "Create a signed AWS API
 * request", IAM User Guide.
 */
export class Signer {
  readonly #credentials: Credentials;
  readonly #region: string;
  #key: { readonly day: string; readonly bytes: Buffer } | undefined;

  constructor(credentials: Credentials, region: string) {
    this.#credentials = credentials;
    this.#region = region;
  }

  /** @returns all headers to send. @param now ms since the epoch */
  sign({ method, host, path, query, headers, bodySha256 }: Unsigned, now: number): Record<string, string> {
    const { accessKeyId, sessionToken } = this.#credentials;
    const { time, day, scope } = this.#scopeAt(now);
    const signed: Record<string, string> = {
      ...headers,
      host,
      'x-amz-content-sha256': bodySha256,
      'x-amz-date': time,
      ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
    };
    const names = Object.keys(signed).sort();
    const lines = names.map((name) => `${name}:${signed[name]?.trim().replace(/ +/g, ' ')}\n`).join('');
    const list = names.join(';');
    const canonical = [method, path, encodeQuery(query), lines, list, bodySha256].join('\n');
    const text = [ALGORITHM, time, scope, sha256(canonical)].join('\n');
    const signature = hmac(this.#keyOf(day), text).toString('hex');
    const credential = `${accessKeyId}/${scope}`;
    const authorization = `${ALGORITHM} Credential=${credential}, SignedHeaders=${list}, Signature=${signature}`;
    return { ...signed, authorization };
  }

  /**
   * The query of a URL that anyone may GET until it expires. Source: AWS, "Authenticating Requests:
   * Using Query Parameters", Amazon S3 API Reference.
   *
   * @param now ms since the epoch
   */
  presign(
    { host, path, seconds }: { readonly host: string; readonly path: string; readonly seconds: number },
    now: number,
  ): Record<string, string> {
    const { accessKeyId, sessionToken } = this.#credentials;
    const { time, day, scope } = this.#scopeAt(now);
    const query = {
      'X-Amz-Algorithm': ALGORITHM,
      'X-Amz-Credential': `${accessKeyId}/${scope}`,
      'X-Amz-Date': time,
      'X-Amz-Expires': String(seconds),
      'X-Amz-SignedHeaders': 'host',
      ...(sessionToken === undefined ? {} : { 'X-Amz-Security-Token': sessionToken }),
    };
    const canonical = ['GET', path, encodeQuery(query), `host:${host}\n`, 'host', 'UNSIGNED-PAYLOAD'];
    const text = [ALGORITHM, time, scope, sha256(canonical.join('\n'))].join('\n');
    return { ...query, 'X-Amz-Signature': hmac(this.#keyOf(day), text).toString('hex') };
  }

  #scopeAt(now: number): { readonly time: string; readonly day: string; readonly scope: string } {
    const time = new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, '');
    const day = time.slice(0, 8);
    return { time, day, scope: `${day}/${this.#region}/s3/aws4_request` };
  }

  /** The key of a day is used for all of its requests. */
  #keyOf(day: string): Buffer {
    if (this.#key?.day !== day) {
      const secret = `AWS4${this.#credentials.secretAccessKey}`;
      const bytes = [day, this.#region, 's3', 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(secret));
      this.#key = { day, bytes };
    }
    return this.#key.bytes;
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
