import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MemoryObjects, md5 } from './memory-objects.ts';
import type { Cleanup } from './swift.ts';

/**
 * A store in this process, for tests that need many stores or none of Swift's time. It knows what the
 * tools ask of a store, checks bodies but no signatures, and honours `If-None-Match: *`.
 */
export interface MemoryStore {
  readonly endpoint: string;
  /** Environment of the tools that use it. */
  readonly environment: NodeJS.ProcessEnv;
  readonly bucket: MemoryObjects;
  /** `PUT key`, of all requests in order of arrival; a part is `PART key`. */
  readonly seen: string[];
  /** Called before a request is carried out. */
  onRequest: (line: string) => void;
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

interface Asked {
  readonly method: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const NOT_FOUND: Answer = { status: 404, body: '<Error><Code>NoSuchKey</Code></Error>' };
const OTHER_BYTES: Answer = { status: 400, body: '<Error><Code>BadDigest</Code></Error>' };
const FAILED: Answer = { status: 412, body: '<Error><Code>PreconditionFailed</Code></Error>' };

/** Starts a store whose only bucket is `mirror`. */
export async function startMemoryStore(t: Cleanup): Promise<MemoryStore> {
  const bucket = new MemoryObjects();
  const seen: string[] = [];
  const server = createServer((request, reply) => {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://store');
    const key = decodeURIComponent(pathname.replace(/^\/mirror\/?/, ''));
    const { method = '', headers } = request;
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.once('end', () => {
      const line = `${query.has('partNumber') ? 'PART' : method} ${key}`;
      seen.push(line);
      store.onRequest(line);
      const asked = { method, key, query, headers, body: Buffer.concat(pieces) };
      const { status, headers: sent = {}, body = '' } = answer(bucket, asked);
      reply.writeHead(status, sent).end(method === 'HEAD' ? undefined : body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const environment = {
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL: endpoint,
  };
  const store: MemoryStore = { endpoint, environment, bucket, seen, onRequest: () => {} };
  return store;
}

function answer(bucket: MemoryObjects, asked: Asked): Answer {
  const { method, key, query, headers, body } = asked;
  if (headers['x-amz-content-sha256'] !== createHash('sha256').update(body).digest('hex')) return OTHER_BYTES;
  if (key === '') return query.has('uploads') ? listUploads(bucket, query) : list(bucket, query);
  if (query.has('uploads') || query.has('uploadId')) return upload(bucket, asked);
  if (method === 'PUT') return put(bucket, asked);
  if (method === 'DELETE') {
    bucket.objects.delete(key);
    return { status: 204 };
  }
  return read(bucket, asked);
}

function put(bucket: MemoryObjects, { key, headers, body }: Asked): Answer {
  if (headers['if-none-match'] === '*' && bucket.objects.has(key)) return FAILED;
  return { status: 200, headers: { etag: `"${bucket.put(key, body, kept(headers))}"` } };
}

function read(bucket: MemoryObjects, { key, headers }: Asked): Answer {
  const object = bucket.objects.get(key);
  if (object === undefined) return NOT_FOUND;
  const etag = `"${object.etag}"`;
  if (headers['if-none-match'] === etag) return { status: 304, headers: { etag } };
  if (headers['if-match'] !== undefined && headers['if-match'] !== etag) return FAILED;
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(String(headers.range)) ?? [];
  const body = from === undefined ? object.body : object.body.subarray(Number(from), Number(to) + 1);
  const sent = { ...object.headers, etag, 'content-length': String(body.length) };
  return { status: from === undefined ? 200 : 206, headers: sent, body };
}

function upload(bucket: MemoryObjects, { method, key, query, headers, body }: Asked): Answer {
  const id = query.get('uploadId') ?? '';
  if (query.has('uploads'))
    return { status: 200, body: `<UploadId>${bucket.begin(key, kept(headers))}</UploadId>` };
  if (method === 'DELETE') return { status: bucket.uploads.delete(id) ? 204 : 404 };
  if (method === 'PUT') {
    const parts = bucket.uploads.get(id)?.parts;
    parts?.set(Number(query.get('partNumber')), body);
    return parts === undefined ? NOT_FOUND : { status: 200, headers: { etag: `"${md5(body)}"` } };
  }
  if (headers['if-none-match'] === '*' && bucket.objects.has(key)) return FAILED;
  const etag = bucket.complete(id);
  return etag === undefined ? NOT_FOUND : { status: 200, body: `<ETag>"${etag}"</ETag>` };
}

function list(bucket: MemoryObjects, query: URLSearchParams): Answer {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter');
  const prefixes = new Set<string>();
  let contents = '';
  for (const [key, { body, etag }] of bucket.list(prefix)) {
    const end = delimiter === null ? -1 : key.indexOf(delimiter, prefix.length);
    if (end === -1)
      contents += `<Contents><Key>${encodeURIComponent(key)}</Key><Size>${body.length}</Size><ETag>&quot;${etag}&quot;</ETag></Contents>`;
    else prefixes.add(key.slice(0, end + 1));
  }
  for (const one of prefixes)
    contents += `<CommonPrefixes><Prefix>${encodeURIComponent(one)}</Prefix></CommonPrefixes>`;
  return { status: 200, body: `<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>${contents}` };
}

function listUploads(bucket: MemoryObjects, query: URLSearchParams): Answer {
  const prefix = query.get('prefix') ?? '';
  const found = [...bucket.uploads].filter(([, { key }]) => key.startsWith(prefix));
  const uploads = found.map(
    ([id, { key }]) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`,
  );
  return { status: 200, body: `<IsTruncated>false</IsTruncated>${uploads.join('')}` };
}

/** The headers that are stored with an object. */
function kept(headers: IncomingMessage['headers']): Record<string, string> {
  const names = Object.keys(headers).filter((name) =>
    /^(x-amz-meta-|content-type$|cache-control$)/.test(name),
  );
  return Object.fromEntries(names.map((name) => [name, String(headers[name])]));
}
