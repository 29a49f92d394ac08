import assert from 'node:assert/strict';
import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import {
  connect as connectHttp2,
  createServer as createHttp2Server,
  type Http2ServerResponse,
} from 'node:http2';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { listen } from '@crates-mirror/http-server';
import fc from 'fast-check';
import { chooseCoding, compress, isWorthCompressing, type Resource, send, sendText } from './index.ts';
import { parseRange } from './range.ts';

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly isWhole: boolean;
}

interface Cleanup {
  after(callback: () => unknown): void;
}

const BODY = Buffer.from('0123456789');
const MODIFIED = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const MODIFIED_DATE = 'Fri, 02 Jan 2026 03:04:05 GMT';
const RESOURCE: Resource = {
  type: 'text/plain',
  cacheControl: 'public',
  etag: '"tag"',
  lastModified: MODIFIED,
  body: BODY,
};

async function serving(
  t: Cleanup,
  make: () => Resource,
  onSent: (bytes: number) => void = () => {},
): Promise<(headers?: Record<string, string>, method?: string) => Promise<Got>> {
  const server = createServer((request, reply) => onSent(send(request, reply, make())));
  const listening = await listen(server, { host: '127.0.0.1', port: 0 }, '--listen');
  t.after(() => listening.close(0));
  return (headers = {}, method = 'GET') =>
    new Promise((resolve, reject) => {
      httpRequest({ port: listening.address.port, method, headers }, (response) => {
        let body = '';
        response.on('data', (data) => {
          body += data;
        });
        const end = (isWhole: boolean) => () =>
          resolve({ status: response.statusCode as number, headers: response.headers, body, isWhole });
        response.on('end', end(true)).on('error', end(false));
      })
        .on('error', reject)
        .end();
    });
}

/** A server that answers with a body, and a connection to it, with its first reply. */
async function overHttp2(t: Cleanup, body: Buffer) {
  const { promise: replied, resolve } = Promise.withResolvers<Http2ServerResponse>();
  const server = createHttp2Server((request, reply) => {
    send(request, reply, { ...RESOURCE, body });
    resolve(reply);
  });
  const listening = await listen(server, { host: '127.0.0.1', port: 0 }, '--listen');
  t.after(() => listening.close(0));
  const session = connectHttp2(`http://${listening.authority}`);
  t.after(() => session.destroy());
  return { session, replied };
}

test('a whole answer, and its head alone', async (t) => {
  const get = await serving(t, () => RESOURCE);
  const { status, headers, body } = await get();
  assert.equal(status, 200);
  assert.equal(body, '0123456789');
  assert.equal(headers.etag, '"tag"');
  assert.equal(headers['last-modified'], MODIFIED_DATE);
  assert.equal(headers['content-length'], '10');
  assert.equal(headers['accept-ranges'], 'bytes');
  assert.equal(headers['cache-control'], 'public');
  const head = await get({}, 'HEAD');
  assert.deepEqual([head.status, head.body, head.headers['content-length']], [200, '', '10']);
});

test('what was last modified in the future was so now, and nobody learns that it has not changed', async (t) => {
  const hour = 3_600_000;
  const get = await serving(t, () => ({ ...RESOURCE, lastModified: Date.now() + hour }));
  const { headers } = await get();
  assert.ok(Date.parse(String(headers['last-modified'])) <= Date.now());
  const again = await get({ 'if-modified-since': String(headers['last-modified']) });
  assert.equal(again.status, 200);
});

test('over HTTP/2, a large body that nobody takes waits where it is, but for a piece', async (t) => {
  const { session, replied } = await overHttp2(t, Buffer.alloc(30_000_000, 'x'));
  session.request({ ':path': '/' });
  const { stream } = await replied;
  while (stream.writableLength === 0) await sleep(5);
  // Gives all other work its turn.
  for (let turn = 0; turn < 20; turn++) await sleep(5);
  assert.ok(stream.writableLength < 1_000_000, `${stream.writableLength}`);
});

test('over HTTP/2, a large body arrives whole, and in parts', async (t) => {
  const body = Buffer.from(Array.from({ length: 60_000 }, (_, i) => `${i}\n`).join(''));
  const { session } = await overHttp2(t, body);
  const get = (range: Record<string, string>) => buffer(session.request({ ':path': '/', ...range }));
  assert.ok((await get({})).equals(body));
  for (const [start, end] of [
    [0, 131_071],
    [0, 131_072],
    [1, 262_144],
    [131_000, body.length - 1],
  ] as const) {
    const part = await get({ range: `bytes=${start}-${end}` });
    assert.ok(part.equals(body.subarray(start, end + 1)), `${start}-${end}`);
  }
});

test('preconditions, in the order of RFC 9110', async (t) => {
  const get = await serving(t, () => RESOURCE);
  const older = 'Fri, 02 Jan 2026 03:04:04 GMT';
  const table: [Record<string, string>, number][] = [
    [{ 'if-none-match': '"tag"' }, 304],
    [{ 'if-none-match': 'W/"tag"' }, 304],
    [{ 'if-none-match': '"other", "tag"' }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"other"' }, 200],
    [{ 'if-none-match': 'tag' }, 200],
    [{ 'if-modified-since': MODIFIED_DATE }, 304],
    [{ 'if-modified-since': older }, 200],
    [{ 'if-modified-since': 'tomorrow' }, 200],
    [{ 'if-modified-since': '2026' }, 200],
    [{ 'if-none-match': '"other"', 'if-modified-since': MODIFIED_DATE }, 200],
    [{ 'if-none-match': '"tag"', 'if-modified-since': older }, 304],
    [{ 'if-match': '"tag"' }, 200],
    [{ 'if-match': '*' }, 200],
    [{ 'if-match': 'W/"tag"' }, 412],
    [{ 'if-match': '"other"' }, 412],
    [{ 'if-match': '"tag"', 'if-none-match': '"tag"' }, 304],
    [{ 'if-unmodified-since': older }, 412],
    [{ 'if-unmodified-since': MODIFIED_DATE }, 200],
    [{ 'if-match': '"tag"', 'if-unmodified-since': older }, 200],
  ];
  for (const [headers, status] of table) {
    const got = await get(headers);
    assert.equal(got.status, status, JSON.stringify(headers));
    if (status !== 200) assert.equal(got.body, '');
    if (status === 304) assert.equal(got.headers.etag, '"tag"');
  }
});

test('dates are in one of the three formats of HTTP, and GMT wherever the server is', async (t) => {
  const zone = process.env['TZ'];
  t.after(() => {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });
  const get = await serving(t, () => RESOURCE);
  const table: [string, number][] = [
    [MODIFIED_DATE, 304],
    ['Friday, 02-Jan-26 03:04:05 GMT', 304],
    ['Fri Jan  2 03:04:05 2026', 304],
    ['Fri Jan 16 03:04:05 2026', 304],
    ['Fri, 02 Jan 2026 03:04:04 GMT', 200],
    ['Friday, 02-Jan-26 03:04:04 GMT', 200],
    ['Fri Jan  2 03:04:04 2026', 200],
    ['Fri, 16 Jan 2026 03:04:05', 200],
    ['Jan 16 2026', 200],
    ['Fri Foo 16 03:04:05 2026', 200],
  ];
  for (const place of ['America/Los_Angeles', 'Asia/Tokyo', 'UTC']) {
    process.env['TZ'] = place;
    for (const [date, status] of table)
      assert.equal((await get({ 'if-modified-since': date })).status, status, `${date} in ${place}`);
  }
});

test('ranges, of bytes at hand and of a stream', async (t) => {
  let closed = 0;
  const streamed: Resource = {
    ...RESOURCE,
    body: {
      size: BODY.length,
      async *read({ start, end }) {
        for (let at = start; at <= end; at++) yield BODY.subarray(at, at + 1);
      },
      close: () => {
        closed += 1;
      },
    },
  };
  const table: [Record<string, string>, number, string, string | undefined][] = [
    [{ range: 'bytes=2-4' }, 206, '234', 'bytes 2-4/10'],
    [{ range: 'bytes=5-5' }, 206, '5', 'bytes 5-5/10'],
    [{ range: 'bytes=7-' }, 206, '789', 'bytes 7-9/10'],
    [{ range: 'bytes=-3' }, 206, '789', 'bytes 7-9/10'],
    [{ range: 'bytes=-30' }, 206, '0123456789', 'bytes 0-9/10'],
    [{ range: 'bytes=8-100' }, 206, '89', 'bytes 8-9/10'],
    [{ range: 'bytes=10-' }, 416, '', 'bytes */10'],
    [{ range: 'bytes=-0' }, 416, '', 'bytes */10'],
    [{ range: 'bytes=0-1,3-4' }, 200, '0123456789', undefined],
    [{ range: 'bytes=4-2' }, 200, '0123456789', undefined],
    [{ range: 'lines=1-2' }, 200, '0123456789', undefined],
    [{ range: 'bytes=2-4', 'if-range': '"tag"' }, 206, '234', 'bytes 2-4/10'],
    [{ range: 'bytes=2-4', 'if-range': '"other"' }, 200, '0123456789', undefined],
    [{ range: 'bytes=2-4', 'if-range': 'W/"tag"' }, 200, '0123456789', undefined],
    [{ range: 'bytes=2-4', 'if-range': MODIFIED_DATE }, 206, '234', 'bytes 2-4/10'],
    [{ range: 'bytes=2-4', 'if-none-match': '"tag"' }, 304, '', undefined],
  ];
  for (const resource of [RESOURCE, streamed]) {
    let sent: number | undefined;
    const get = await serving(
      t,
      () => resource,
      (bytes) => {
        sent = bytes;
      },
    );
    for (const [headers, status, body, contentRange] of table) {
      const got = await get(headers);
      assert.deepEqual(
        [got.status, got.body, got.headers['content-range'], sent],
        [status, body, contentRange, body.length],
        JSON.stringify(headers),
      );
    }
  }
  assert.equal(closed, table.length, 'every stream was closed');
});

test('a body that cannot be read to its end is cut, so that nobody takes it for whole', async (t) => {
  let closed = 0;
  const get = await serving(t, () => ({
    ...RESOURCE,
    body: {
      size: 10,
      async *read() {
        yield BODY.subarray(0, 4);
        throw new Error('damaged');
      },
      close: () => {
        closed += 1;
      },
    },
  }));
  const got = await get();
  assert.deepEqual([got.status, got.body, got.isWhole], [200, '0123', false]);
  assert.equal(closed, 1);
});

test('short texts', async (t) => {
  const server = createServer((request, reply) => sendText(request, reply, 404, 'nothing', { allow: 'GET' }));
  const { authority, close } = await listen(server, { host: '127.0.0.1', port: 0 }, '--listen');
  t.after(() => close(0));
  const got = await fetch(`http://${authority}/`);
  assert.deepEqual([got.status, await got.text(), got.headers.get('allow')], [404, 'nothing\n', 'GET']);
  const head = await fetch(`http://${authority}/`, { method: 'HEAD' });
  assert.deepEqual([await head.text(), head.headers.get('content-length')], ['', '8']);
});

test('content codings are what clients ask for', async () => {
  const table: [string | undefined, string][] = [
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip', 'gzip'],
    ['gzip, deflate, br', 'gzip'],
    ['zstd, gzip', 'zstd'],
    ['gzip;q=0.5, zstd', 'zstd'],
    ['gzip;q=0', 'identity'],
    ['br', 'identity'],
    ['*', 'zstd'],
    ['identity;q=0, gzip;q=0.1', 'gzip'],
    ['identity;q=0', 'identity'],
  ];
  for (const [header, coding] of table) assert.equal(chooseCoding(header), coding, String(header));
  const text = Buffer.from('serde '.repeat(1000));
  assert.ok(isWorthCompressing(text.length) && !isWorthCompressing(100));
  assert.deepEqual(gunzipSync(await compress(text, 'gzip')), text);
  assert.deepEqual(zstdDecompressSync(await compress(text, 'zstd')), text);
});

test('whatever a range asks for, it is within the whole', () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.nat(),
      fc.option(fc.nat()),
      fc.option(fc.nat()),
      (text, size, first, last) => {
        for (const header of [text, `bytes=${text}`, `bytes=${first ?? ''}-${last ?? ''}`]) {
          const range = parseRange(header, size);
          if (range === undefined || range === 'unsatisfiable') continue;
          assert.ok(0 <= range.start && range.start <= range.end && range.end < size);
        }
      },
    ),
  );
});
