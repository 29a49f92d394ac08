import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { freePort, hasNginx, makeCertificate, startNginx } from '@crates-mirror/sample-registry';
import { NO_CARGO, Project } from '../support/cargo-project.ts';
import { startServer, writeSample } from '../support/mirror-server-tools.ts';
import { type Cleanup, REPOSITORY, scratch } from '../support/tools.ts';
import { hasCaddy, startCaddy } from './caddy.ts';

const LOOSE = ['--mirror', 'out', '--index-dir', 'index'];
const NO_NGINX = hasNginx() ? false : 'nginx is not installed';
const NO_CADDY = hasCaddy() ? false : 'Caddy is not installed';

/** A proxy that terminates TLS, and the port of the mirror-server behind it. */
interface Proxy {
  readonly origin: string;
  readonly caFile: string;
  readonly upstream: number;
}

type StartProxy = (t: Cleanup, cwd: string) => Promise<Proxy>;

/** Configured as in docs/nginx-proxy.conf. */
async function documentedNginx(t: Cleanup, cwd: string): Promise<Proxy> {
  const upstream = await freePort();
  const home = join(cwd, 'nginx');
  const documented = readFileSync(join(REPOSITORY, 'docs/nginx-proxy.conf'), 'utf8');
  const nginx = await startNginx({
    home,
    root: cwd,
    keepaliveRequests: 1000,
    server: (port) =>
      documented
        .replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`)
        .replace('/etc/ssl/example.org.pem', join(home, 'cert.pem'))
        .replace('/etc/ssl/example.org.key', join(home, 'key.pem'))
        .replace('127.0.0.1:8080', `127.0.0.1:${upstream}`),
  });
  t.after(() => nginx.stop());
  return { origin: nginx.origin.replace('http:', 'https:'), caFile: nginx.caFile, upstream };
}

/** Configured as in docs/Caddyfile, with a certificate of this machine. */
async function documentedCaddy(t: Cleanup, cwd: string): Promise<Proxy> {
  const [port, upstream] = [await freePort(), await freePort()];
  const { cert, key } = await makeCertificate();
  const [certFile, keyFile] = [join(cwd, 'caddy.pem'), join(cwd, 'caddy.key')];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
  const documented = readFileSync(join(REPOSITORY, 'docs/Caddyfile'), 'utf8')
    .replace('\nexample.org {\n', `\nhttps://127.0.0.1:${port} {\n\ttls ${certFile} ${keyFile}\n`)
    .replace('127.0.0.1:8080', `127.0.0.1:${upstream}`);
  await startCaddy(t, join(cwd, 'caddy'), documented);
  return { origin: `https://127.0.0.1:${port}`, caFile: certFile, upstream };
}

async function get({ caFile, origin }: Proxy, path: string, headers: Record<string, string> = {}) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    httpsRequest(`${origin}${path}`, { ca: readFileSync(caFile), agent: false, headers }, resolve)
      .on('error', reject)
      .end();
  });
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

/** Sends exactly these bytes. @returns everything received until the connection ends */
function exchange(port: number, host: string, bytes: string): Promise<string> {
  const socket = connect(port, host);
  socket.write(bytes);
  return text(socket);
}

async function assertSubPathWorks(t: Cleanup, startProxy: StartProxy): Promise<void> {
  const cwd = scratch(t);
  await writeSample(cwd);
  const proxy = await startProxy(t, cwd);
  const base = `${proxy.origin}/crates-mirror`;
  const args = ['--listen', `127.0.0.1:${proxy.upstream}`, '--public-url', base, ...LOOSE];
  const server = await startServer(t, args, cwd);
  const project = new Project(cwd, base, { CARGO_HTTP_CAINFO: proxy.caFile });
  const { stderr } = await project.cargo('fetch');
  assert.match(stderr, /Downloaded vendored-zlib v1\.3\.2\+zlib\.1\.3/);
  await project.cargo('build', '--locked', '--offline');
  const page = await get(proxy, '/crates-mirror/crates/vendored-zlib');
  const link = /href="([^"]*\.crate[^"]*)"/.exec(page.body)?.[1] as string;
  const { pathname } = new URL(link, `${base}/crates/vendored-zlib`);
  assert.equal((await get(proxy, pathname)).status, 200, 'the links of pages stay below the sub-path');
  const download = '/crates-mirror/api/v1/crates/vendored-zlib/1.3.2%2Bzlib.1.3/download';
  const redirected = await get(proxy, download);
  assert.equal(redirected.status, 302);
  const target = new URL(redirected.headers.location as string, `${proxy.origin}${download}`);
  assert.equal((await get(proxy, `${target.pathname}${target.search}`)).status, 200, target.href);
  assert.doesNotMatch(server.stderr(), /trusted-proxy/);
}

async function assertHeadersCount(t: Cleanup, startProxy: StartProxy): Promise<void> {
  const cwd = scratch(t);
  await writeSample(cwd);
  const proxy = await startProxy(t, cwd);
  const listening = ['--listen', `127.0.0.1:${proxy.upstream}`, ...LOOSE];
  const server = await startServer(t, [...listening, '--trusted-proxy', '127.0.0.0/8'], cwd);
  const dl = async (headers: Record<string, string> = {}): Promise<string> => {
    const config = await get(proxy, '/crates-mirror/index/config.json', headers);
    assert.equal(config.headers['cache-control'], 'no-store');
    return (JSON.parse(config.body) as { dl: string }).dl;
  };
  assert.ok((await dl()).startsWith(`${proxy.origin}/crates/`), await dl());
  const lies = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http', forwarded: 'host=evil' };
  assert.ok(
    (await dl(lies)).startsWith(`${proxy.origin}/crates/`),
    'a client cannot add to what the proxy says',
  );
  assert.doesNotMatch(server.stderr(), /WARN .*proxy/);
  server.child.kill('SIGTERM');
  await server.ended;

  const doubting = await startServer(t, listening, cwd);
  assert.match(await dl(), /^http:\/\//);
  await dl();
  const warnings = doubting.stderr().match(/ WARN 127\.0\.0\.1 sends .*--public-url\n/g);
  assert.equal(warnings?.length, 1, doubting.stderr());
}

test(
  'cargo works below a path of nginx, as docs/nginx-proxy.conf has it',
  {
    skip: NO_CARGO || NO_NGINX,
  },
  (t) => assertSubPathWorks(t, documentedNginx),
);

test(
  'cargo works below a path of Caddy, as docs/Caddyfile has it',
  {
    skip: NO_CARGO || NO_CADDY,
  },
  (t) => assertSubPathWorks(t, documentedCaddy),
);

test('nginx says how clients have come, where it is trusted', { skip: NO_NGINX }, (t) =>
  assertHeadersCount(t, documentedNginx),
);

test('Caddy says how clients have come, where it is trusted', { skip: NO_CADDY }, (t) =>
  assertHeadersCount(t, documentedCaddy),
);

test('no Host header poisons a cache in front', { skip: NO_NGINX }, async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  const { origin } = await startServer(t, LOOSE, cwd);
  mkdirSync(join(cwd, 'cache'));
  // A cache key without the host, nginx's default.
  const nginx = await startNginx({
    home: join(cwd, 'nginx'),
    root: cwd,
    keepaliveRequests: 1000,
    server: (port) => `proxy_cache_path ${join(cwd, 'cache')} keys_zone=mirror:1m;
server { listen 127.0.0.1:${port};
  location / { proxy_pass ${origin}; proxy_set_header Host $http_host; proxy_cache mirror; add_header X-Cache $upstream_cache_status; } }`,
  });
  t.after(() => nginx.stop());
  const { hostname, port } = new URL(nginx.origin);
  const config = (host: string) =>
    exchange(
      Number(port),
      hostname,
      `GET /index/config.json HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    );
  assert.match(await config('evil.example'), /"dl":"http:\/\/evil\.example\//);
  assert.match(await config('mirror.example'), /"dl":"http:\/\/mirror\.example\//);
  const index = async (): Promise<string | null> => {
    const response = await fetch(`${nginx.origin}/index/sh/ow/showcase`);
    await response.arrayBuffer();
    return response.headers.get('x-cache');
  };
  assert.deepEqual(
    [await index(), await index()],
    ['MISS', 'HIT'],
    'responses that are the same for all are cached',
  );
});
