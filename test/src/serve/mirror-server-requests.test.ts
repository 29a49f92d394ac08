import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { makeCertificate } from '@crates-mirror/sample-registry';
import { startServer, writeSample } from '../support/mirror-server-tools.ts';
import { runTool, scratch } from '../support/tools.ts';

const LOOSE = ['--mirror', 'out', '--index-dir', 'index'];

/** Sends exactly these bytes. @returns everything received until the connection ends */
function exchange(origin: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.write(bytes);
  return text(socket);
}

test('a request that names several hosts, or none that can be, is refused, and its connection ends', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  const { origin } = await startServer(t, LOOSE, cwd);
  const next = 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n';
  for (const hosts of [
    'Host: a\r\nHost: b',
    'host: a\r\nHost: a',
    'Host: a/b',
    'Host: u@a',
    'Host: a b',
    'Host: [1',
  ]) {
    const got = await exchange(origin, `GET /healthz HTTP/1.1\r\n${hosts}\r\n\r\n${next}`);
    assert.match(got, /^HTTP\/1\.1 400 /, hosts);
    assert.equal(got.split('HTTP/1.1 ').length, 2, hosts);
  }
  for (const host of ['a', 'a.b:8080', '[::1]:80', '[::1]', '', 'a:', 'x_y~z']) {
    const got = await exchange(origin, `GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    assert.match(got, /^HTTP\/1\.1 200 /, host);
  }
});

test('sixteen requests may be ahead of their answers; one more is refused, and the connection ends', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  const { origin } = await startServer(t, LOOSE, cwd);
  const got = await exchange(origin, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1000));
  const statuses = [...got.matchAll(/^HTTP\/1\.1 (\d+) /gm)].map(([, status]) => status);
  assert.deepEqual(statuses, [...Array(16).fill('200'), '429']);
});

test('a body is refused but where the API says why it takes nothing, and there within limits', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  const { origin } = await startServer(t, LOOSE, cwd);
  const put = (path: string, header: string, body = ''): Promise<string> =>
    exchange(origin, `PUT ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${header}\r\n\r\n${body}`);
  const table: [string, string, string, RegExp][] = [
    [
      '/api/v1/crates/new',
      'Content-Length: 4',
      'body',
      /^HTTP\/1\.1 403 .*\{"errors":\[\{"detail":"this is a read-only/s,
    ],
    ['/api/v1/crates/new', 'Content-Length: 0', '', /^HTTP\/1\.1 403 /],
    ['/api/v1/crates/new', 'Content-Length: 99999999999', '', /^HTTP\/1\.1 413 /],
    [
      '/api/v1/crates/new',
      'Transfer-Encoding: chunked',
      '4\r\nbody\r\n0\r\n\r\n',
      /^HTTP\/1\.1 413 .*\{"errors":\[\{"detail":"a body must have a Content-Length/s,
    ],
    ['/api', 'Transfer-Encoding: chunked', '0\r\n\r\n', /^HTTP\/1\.1 413 .*\{"errors":/s],
    ['/api/%ff', 'Content-Length: 0', '', /^HTTP\/1\.1 40[05] /],
    ['/index/config.json', 'Content-Length: 4', 'body', /^HTTP\/1\.1 413 /],
    ['/index/config.json', 'Content-Length: 0', '', /^HTTP\/1\.1 405 /],
  ];
  for (const [path, header, body, expected] of table)
    assert.match(await put(path, header, body), expected, `${path} ${header}`);
});

test('a target with a host of its own says where the client believes to be', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  const { origin } = await startServer(t, LOOSE, cwd);
  const target = 'http://mirror.example:81/index/config.json';
  const got = await exchange(origin, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  assert.match(got, /"dl":"http:\/\/mirror\.example:81\/crates\//);
});

test('a certificate with a key that is not its own is refused, whatever kind of key that is', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  writeFileSync(join(cwd, 'cert.pem'), (await makeCertificate()).cert);
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey;
  for (const key of [rsa, ec]) {
    writeFileSync(join(cwd, 'key.pem'), key.export({ type: 'pkcs8', format: 'pem' }));
    const tls = ['--tls-cert', 'cert.pem', '--tls-key', 'key.pem'];
    const { code, stderr } = await runTool(t, 'mirror-server', ['--listen', ':0', ...LOOSE, ...tls], cwd);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /^mirror-server: --tls-cert and --tls-key: [^\n]+ that belong together\n$/);
  }
});
