import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { KnownObjects } from '@crates-mirror/bucket-mirror';
import { mirrorHome } from '@crates-mirror/layout';
import type { Outcome, Target } from '../target.ts';
import { BucketDestination } from './bucket-destination.ts';
import { StoreError } from './store-error.ts';

const CONTENT = Buffer.from('a crate file');
const KEY = 'crates/se/rd/serde-1.0.0+b.crate';

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

function targetOf(bytes: Buffer): Target {
  return {
    name: 'serde',
    version: '1.0.0+b',
    sha256: sha256Of(bytes),
    url: 'https://upstream/serde',
    origin: 'https://upstream',
    path: 'se/rd/serde-1.0.0+b.crate',
    shard: 'se',
    isToVerify: false,
    startedAt: 0,
    retries: 0,
    lostConnections: 0,
    hasLooseCopy: false,
  };
}

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** A lane's destination in a store with the given answers. */
async function open(t: TestContext, answer: (request: IncomingMessage, key: string) => Answer) {
  process.env['AWS_ACCESS_KEY_ID'] = 'id';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'secret';
  const root = mkdtempSync(join(tmpdir(), 'bucket-'));
  const seen: string[] = [];
  const server = createServer((request, reply) => {
    const { pathname, search } = new URL(request.url ?? '', 'http://store');
    const key = decodeURIComponent(pathname.slice('/b/'.length));
    seen.push(`${request.method} ${key}${search}`);
    request.resume().once('end', () => {
      const { status, headers = {}, body } = answer(request, key);
      reply.writeHead(status, headers).end(body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
    rmSync(root, { recursive: true });
  });
  const home = mirrorHome(root);
  for (const directory of [home.temporaryDirectory, home.objectsDirectory])
    mkdirSync(directory, { recursive: true });
  const destination = new BucketDestination(root, {
    address: { bucket: 'b', prefix: '' },
    s3: {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: undefined,
      addressing: 'path',
      caFile: undefined,
    },
    isConditional: true,
  });
  const place = (bytes: Buffer): Promise<Outcome | StoreError> => {
    const target = targetOf(bytes);
    const body = destination.newBody(target);
    body.begin(bytes.length);
    body.data(bytes);
    return new Promise((done) =>
      destination.place({ target, body, sha256: body.digest(), status: 'downloaded' }, done),
    );
  };
  return { seen, destination, place, known: () => new KnownObjects(home.objectsDirectory) };
}

const STORED: Answer = { status: 200, headers: { etag: '"e"' } };

test('a crate file is in place once both of its objects are known', async (t) => {
  const { destination, place, known, seen } = await open(t, ({ headers }) => {
    assert.equal(headers['if-none-match'], '*');
    assert.equal(headers['content-type'], 'application/gzip');
    assert.equal(headers['x-amz-meta-sha256'], sha256Of(CONTENT));
    return STORED;
  });
  assert.equal(destination.find(targetOf(CONTENT)), undefined);
  const completed = await place(CONTENT);
  assert.ok(!(completed instanceof StoreError) && completed.status === 'downloaded');
  assert.deepEqual(seen, [`PUT ${KEY}`, `PUT ${KEY.replace('+', ' ')}`]);
  assert.equal(known().find(KEY), undefined, 'not before the flush');
  destination.flush();
  assert.deepEqual(known().find(KEY), { size: CONTENT.length, etag: 'e', sha256: sha256Of(CONTENT) });
  assert.equal(destination.find(targetOf(CONTENT))?.outcome?.status, 'existing');
  assert.equal(destination.find(targetOf(Buffer.from('published anew'))), undefined);
});

test('an object that another writer has stored counts if it is the same, and is replaced otherwise', async (t) => {
  let other = sha256Of(CONTENT);
  const { place, seen } = await open(t, ({ method, headers }) => {
    if (method === 'HEAD') return { status: 200, headers: { etag: '"o"', 'x-amz-meta-sha256': other } };
    return headers['if-none-match'] === undefined ? STORED : { status: 412 };
  });
  assert.ok(!((await place(CONTENT)) instanceof StoreError));
  assert.deepEqual(seen.slice(0, 2), [`PUT ${KEY}`, `HEAD ${KEY}`]);
  assert.equal(seen.length, 4);
  seen.length = 0;
  other = '0'.repeat(64);
  assert.ok(!((await place(Buffer.from('published anew'))) instanceof StoreError));
  // Known objects are replaced without a condition.
  assert.deepEqual(seen, [`PUT ${KEY}`, `PUT ${KEY.replace('+', ' ')}`]);
});

test('a large crate file is sent in parts; a store that is full ends the run with its advice', async (t) => {
  let isFull = false;
  const { place, seen } = await open(t, ({ method, url = '' }) => {
    if (isFull) return { status: 507, body: '<Error><Code>InsufficientStorage</Code></Error>' };
    if (method === 'PUT') return STORED;
    const body = url.includes('uploads') ? '<UploadId>u</UploadId>' : '<ETag>"m-3"</ETag>';
    return { status: 200, body };
  });
  const large = Buffer.alloc((32 << 20) + 1, 'x');
  assert.ok(!((await place(large)) instanceof StoreError));
  assert.deepEqual(seen.slice(0, 5), [
    `POST ${KEY}?uploads=`,
    ...[1, 2, 3].map((part) => `PUT ${KEY}?partNumber=${part}&uploadId=u`),
    `POST ${KEY}?uploadId=u`,
  ]);
  isFull = true;
  const failed = await place(CONTENT);
  assert.ok(failed instanceof StoreError && failed.isFatal);
  assert.match(`${failed.message} ${failed.hint}`, /has no room .* raise the quota/);
});
