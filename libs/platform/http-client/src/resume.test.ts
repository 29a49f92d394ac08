import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { type TestContext, test } from 'node:test';
import { makeCertificate } from '@crates-mirror/sample-registry';
import { type GetOutcome, HttpClient, type Resume } from './index.ts';
import { isRestOf, strongValidator } from './resume.ts';

const RESUME: Resume = { from: 4, length: 10, validator: '"v1"' };
const DATE = 'Sun, 29 Nov 2026 10:00:00 GMT';

test('only strong validators count', () => {
  const table: [Record<string, string>, string | undefined][] = [
    [{ etag: '"v1"' }, '"v1"'],
    [{ etag: 'W/"v1"' }, undefined],
    [{ etag: 'W/"v1"', 'last-modified': 'Sat, 28 Nov 2026 10:00:00 GMT', date: DATE }, undefined],
    [{ etag: '"v1", "v2"' }, undefined],
    [{ etag: '"v1"', 'content-encoding': 'gzip' }, undefined],
    [{ 'last-modified': 'Sat, 28 Nov 2026 10:00:00 GMT', date: DATE }, 'Sat, 28 Nov 2026 10:00:00 GMT'],
    [{ 'last-modified': 'Sun, 29 Nov 2026 09:59:30 GMT', date: DATE }, undefined],
    [{ 'last-modified': 'Sat, 28 Nov 2026 10:00:00 GMT' }, undefined],
    [{ 'last-modified': 'yesterday', date: DATE }, undefined],
    [{}, undefined],
  ];
  for (const [headers, expected] of table)
    assert.equal(strongValidator(headers), expected, JSON.stringify(headers));
});

test('a 206 is taken for the rest only where it is exactly that', () => {
  const right = { 'content-range': 'bytes 4-9/10', 'content-length': '6', etag: '"v1"' };
  assert.equal(isRestOf(right, RESUME), true);
  assert.equal(isRestOf({ 'content-range': 'bytes 4-9/10' }, RESUME), true);
  for (const wrong of [
    { 'content-range': 'bytes 3-9/10' },
    { 'content-range': 'bytes 4-8/10' },
    { 'content-range': 'bytes 4-9/11' },
    { 'content-range': 'bytes 4-9/*' },
    { 'content-range': 'bytes */10' },
    { 'content-length': '5' },
    { etag: '"v2"' },
    { 'content-encoding': 'gzip' },
  ])
    assert.equal(isRestOf({ ...right, ...wrong }, RESUME), false, JSON.stringify(wrong));
  assert.equal(isRestOf({}, RESUME), false);
});

/** The server's response to a request for the rest; undefined for a plain 200. */
type Answer = { status: number; headers: Record<string, string>; body: string } | undefined;

const CASES: readonly [name: string, answer: Answer, body: string, requests: number][] = [
  ['the rest', { status: 206, headers: { 'content-range': 'bytes 4-9/10' }, body: '456789' }, '+456789', 1],
  ['the whole', undefined, 'abcdefghij', 1],
  [
    'another range',
    { status: 206, headers: { 'content-range': 'bytes 0-9/10' }, body: '0123456789' },
    'abcdefghij',
    2,
  ],
  ['no such range', { status: 416, headers: { 'content-range': 'bytes */2' }, body: '' }, 'abcdefghij', 2],
];

for (const isH2 of [true, false])
  for (const [name, answer, body, requests] of CASES)
    test(`over ${isH2 ? 'HTTP/2' : 'HTTP/1.1'}, where the rest is asked for and ${name} comes`, (t) =>
      resumes(t, isH2, answer, body, requests));

async function resumes(
  t: TestContext,
  isH2: boolean,
  answer: Answer,
  body: string,
  requests: number,
): Promise<void> {
  const asked: unknown[] = [];
  const listener = (
    { headers }: { headers: NodeJS.Dict<string | string[]> },
    answerWith: (status: number, fields: Record<string, string>, content: string) => void,
  ): void => {
    asked.push([headers['range'], headers['if-range']]);
    const {
      status,
      headers: fields,
      body: content,
    } = (headers['range'] === undefined ? undefined : answer) ?? WHOLE;
    answerWith(status, fields, content);
  };
  const certificate = await makeCertificate();
  const server: Server = isH2
    ? createSecureServer(certificate, (request, response) =>
        listener(request, (status, fields, content) => {
          response.writeHead(status, fields);
          response.end(content);
        }),
      )
    : createServer((request, response) =>
        listener(request, (status, fields, content) => response.writeHead(status, fields).end(content)),
      );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const origin = `${isH2 ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let received = '';
  const sink = {
    begin: () => {
      received = '';
    },
    onRest: () => {
      received = '+';
    },
    data: (piece: Buffer) => {
      received += piece.toString();
    },
  };
  const client = newClient(t, certificate.cert);
  const outcome = await new Promise<GetOutcome>((resolve) =>
    client.get({ origin, path: '/f' }, sink, resolve, RESUME),
  );
  assert.equal(outcome.ok, true);
  assert.equal(received, body);
  assert.deepEqual(
    asked,
    [
      ['bytes=4-', '"v1"'],
      [undefined, undefined],
    ].slice(0, requests),
  );
}

const WHOLE = { status: 200, headers: { etag: '"v2"' }, body: 'abcdefghij' };

function newClient(t: TestContext, ca: string): HttpClient {
  const client = new HttpClient({
    userAgent: 'test',
    connectTimeoutMs: 5000,
    idleTimeoutMs: 30_000,
    attemptTimeoutMs: 60_000,
    maxConnections: 4,
    environment: {},
    ca,
  });
  t.after(() => client.destroy());
  return client;
}
