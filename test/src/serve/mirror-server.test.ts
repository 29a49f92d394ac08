import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { connect as connectHttp2, type OutgoingHttpHeaders } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { sha256Hex } from '@crates-mirror/hashing';
import { makeCertificate, type Sample } from '@crates-mirror/sample-registry';
import { mirrorSample, startServer, writeLooseCrate } from '../support/mirror-server-tools.ts';
import { runTool, scratch, startUpstream } from '../support/tools.ts';

const LOOSE = ['--mirror', 'out', '--index-dir', 'index'];

/** A mirror of the sample that tests do not modify. */
let shared: { readonly cwd: string; readonly sample: Sample };
const cleanUps: (() => unknown)[] = [];
before(async () => {
  const t = { after: (cleanUp: () => unknown) => void cleanUps.push(cleanUp) };
  const cwd = scratch(t);
  shared = { cwd, sample: await mirrorSample(t, cwd) };
});
after(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

/** A request that fetch would not send unchanged. */
function raw(
  origin: string,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
) {
  const { method = 'GET', headers = {}, body } = options;
  return new Promise<{ status: number; headers: Record<string, string>; body: Buffer }>((resolve, reject) => {
    const url = new URL(origin);
    const request = httpRequest({ host: url.hostname, port: url.port, path, method, headers, agent: false });
    request.on('error', reject).on('response', async (response) => {
      const pieces: Buffer[] = [];
      for await (const piece of response) pieces.push(piece as Buffer);
      const got = response.headers as Record<string, string>;
      resolve({ status: response.statusCode as number, headers: got, body: Buffer.concat(pieces) });
    });
    request.end(body);
  });
}

test('a registry over HTTP, as cargo and everybody else asks for it', async (t) => {
  const { cwd, sample } = shared;
  const { origin } = await startServer(t, LOOSE, cwd);

  const config = await raw(origin, '/index/config.json');
  const dl = `${origin}/crates/{lowerprefix}/{crate}-{version}.crate?sha256={sha256-checksum}`;
  assert.deepEqual(JSON.parse(config.body.toString()), { dl, api: origin });
  assert.equal(config.headers['content-type'], 'application/json');
  assert.equal(config.headers['cache-control'], 'no-store', 'it depends on the Host');

  for (const [path, lines] of sample.index) {
    const { status, headers, body } = await raw(origin, `/index/${path}`);
    assert.deepEqual([status, body.toString()], [200, lines], path);
    assert.equal(headers['cache-control'], 'public, max-age=60');
    assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
    const etag = headers['etag'] as string;
    assert.equal((await raw(origin, `/index/${path}`, { headers: { 'if-none-match': etag } })).status, 304);
    const since = { 'if-modified-since': headers['last-modified'] as string };
    assert.equal((await raw(origin, `/index/${path}`, { headers: since })).status, 304);
    const head = await raw(origin, `/index/${path}`, { method: 'HEAD' });
    assert.deepEqual([head.body.length, head.headers['content-length']], [0, String(lines.length)]);
  }
  for (const [path, bytes] of sample.crates) {
    const { status, headers, body } = await raw(origin, path);
    assert.equal(status, 200, path);
    assert.ok(body.equals(bytes), path);
    const aMinute = 'public, max-age=60, must-revalidate';
    assert.equal(headers['cache-control'], aMinute, 'a version may be published anew');
    assert.equal(headers['content-type'], 'application/gzip');
    const byDigest = await raw(origin, `${path}?sha256=${sha256Hex(bytes)}`);
    assert.ok(byDigest.body.equals(bytes), path);
    assert.equal(byDigest.headers['cache-control'], 'public, max-age=600, must-revalidate');
    const byNoDigest = await raw(origin, `${path}?sha256=${sha256Hex(bytes).slice(1)}`);
    assert.deepEqual(
      [byNoDigest.status, byNoDigest.headers['cache-control']],
      [404, 'no-store'],
      'no SHA-256',
    );
    const range = await raw(origin, path.replaceAll('+', '%2B'), { headers: { range: 'bytes=10-19' } });
    assert.deepEqual(
      [range.status, range.body.toString('hex')],
      [206, bytes.subarray(10, 20).toString('hex')],
    );
  }
  const wrong = `/crates/ro/ma/roman-1.0.0.crate?sha256=${'0'.repeat(64)}`;
  assert.equal((await raw(origin, wrong)).status, 404, 'other bytes than those that are wanted');
});

test('index files are compressed for who asks, each form with an ETag of its own', async (t) => {
  const { cwd, sample } = shared;
  const { origin } = await startServer(t, LOOSE, cwd);
  const lines = sample.index.get('sh/ow/showcase') as string;
  const plain = await raw(origin, '/index/sh/ow/showcase');
  const etags = new Set([plain.headers['etag']]);
  for (const [coding, decode] of [
    ['gzip', gunzipSync],
    ['zstd', zstdDecompressSync],
  ] as const) {
    const { headers, body } = await raw(origin, '/index/sh/ow/showcase', {
      headers: { 'accept-encoding': coding },
    });
    assert.deepEqual([headers['content-encoding'], headers['vary']], [coding, 'accept-encoding']);
    assert.equal(decode(body).toString(), lines);
    etags.add(headers['etag'] as string);
  }
  assert.equal(etags.size, 3);
  assert.equal(plain.headers['vary'], 'accept-encoding');
});

test('a missing file is 404, an invalid request is refused, and nothing outside is ever served', async (t) => {
  const { cwd } = shared;
  writeFileSync(join(cwd, 'secret'), 'secret');
  const server = await startServer(t, LOOSE, cwd);
  const table: [string, number][] = [
    ['/index/no/su/no-such-crate', 404],
    ['/index/Mo/sa/Mosaic', 404],
    ['/index/mo/mosaic', 404],
    ['/index/', 404],
    ['/index', 404],
    ['/index/config.json/', 404],
    ['/index/.git/config', 404],
    ['/crates/', 200],
    ['/crates', 308],
    ['/newest/', 404],
    ['/crates/no-such-crate', 404],
    ['/crates/ro/ma/roman-9.9.9.crate', 404],
    ['/crates/.crates-mirror/mirror.json', 404],
    ['/crates/roman/', 404],
    ['/favicon.ico', 404],
    ['/index/../../secret', 400],
    ['/crates/%2e%2e/%2e%2e/secret', 400],
    ['/crates/..%2f..%2fsecret', 400],
    ['/crates/roman-1.0.0.crate%00', 400],
    ['/crates/%ff', 400],
    [`/${'a'.repeat(3000)}`, 414],
  ];
  for (const [path, status] of table) {
    const got = await raw(server.origin, path);
    assert.equal(got.status, status, path);
    assert.doesNotMatch(got.body.toString(), /secret|"layout"/);
  }
  const accept = 'text/html,application/xhtml+xml,*/*;q=0.8';
  for (const path of ['/favicon.ico', '/crates/ro/ma/roman-9.9.9.crate', '/index/no/su/no-such-crate']) {
    const { status, body } = await raw(server.origin, path, { headers: { accept } });
    assert.equal(status, 404);
    assert.match(body.toString(), /<form role="search" action="(\.\.\/)*(\.\/)?"/, 'a browser gets a page');
    assert.match((await raw(server.origin, path)).body.toString(), /^[^<\n]+\n$/, 'a program gets a line');
  }
  const post = await raw(server.origin, '/index/config.json', { method: 'POST', body: 'x' });
  assert.deepEqual([post.status, post.headers['connection']], [413, 'close']);
  const put = await raw(server.origin, '/index/config.json', { method: 'DELETE' });
  assert.deepEqual([put.status, put.headers['allow']], [405, 'GET, HEAD']);
  const big = await raw(server.origin, '/', { headers: { x: 'x'.repeat(20_000) } });
  assert.equal(big.status, 431);
  const badHost = await raw(server.origin, '/index/config.json', { headers: { host: 'a"b' } });
  assert.equal(badHost.status, 400);
  assert.equal(server.stderr().includes('ERROR'), false, server.stderr());
});

test('while a run is mirroring, every entry that is served has its crate file', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 60, faults: () => ({ kind: 'delay', ms: 15 }) });
  const all = upstream.files.size;
  mkdirSync(join(cwd, 'out'));
  mkdirSync(join(cwd, 'bundles'));
  // Loose files first, then a run that moves them into bundles: files that were served stay
  // available all the time.
  const { origin } = await startServer(t, [...LOOSE, '--bundles-dir', 'bundles'], cwd);
  const held = new Set<string>();
  let isOver = false;
  let rounds = 0;
  const asking = (async () => {
    while (!isOver) {
      for (let i = 0; i < 60 && !isOver; i++) {
        const name = `crate-${String(i).padStart(4, '0')}`;
        const { status, body } = await raw(origin, `/index/cr/at/${name}`);
        const lines = status === 200 ? body.toString().trim().split('\n') : [];
        const entries = lines.map((line) => JSON.parse(line) as { vers: string; cksum: string });
        const before = [...held].filter((crate) => crate.startsWith(`${name}-`));
        for (const { vers, cksum } of entries) {
          const crate = await raw(origin, `/crates/cr/at/${name}-${vers}.crate?sha256=${cksum}`);
          assert.equal(crate.status, 200, `${name} ${vers} is in the index`);
          assert.ok(crate.body.equals(upstream.files.get(`cr/at/${name}-${vers}.crate`) as Buffer));
          held.add(`${name}-${vers}`);
        }
        const now = entries.map(({ vers }) => `${name}-${vers}`);
        for (const crate of before) assert.ok(now.includes(crate), `${crate} was served before`);
      }
      rounds += 1;
    }
  })();
  const whileAsking = (condition: () => boolean) => Promise.race([asking, until(condition)]);
  const first = await runTool(t, 'downloader', [...upstream.args, '--concurrency', '4'], cwd);
  assert.equal(first.code, 0, first.stderr);
  await whileAsking(() => held.size === all);
  const bundling = ['--bundle', '--bundle-size-gb', '0.001'];
  const second = await runTool(t, 'downloader', [...upstream.args, ...bundling], cwd);
  assert.equal(second.code, 0, second.stderr);
  // The current round, and a whole one after it.
  const enough = rounds + 2;
  await whileAsking(() => rounds >= enough);
  isOver = true;
  await asking;
});

test('a proxy before it: the public URL is what cargo gets', async (t) => {
  const { cwd } = shared;
  const { origin } = await startServer(
    t,
    [...LOOSE, '--public-url', 'https://mirror.example/crates-io/'],
    cwd,
  );
  const { headers, body } = await raw(origin, '/index/config.json');
  assert.equal(headers['cache-control'], 'public, max-age=60');
  const config = JSON.parse(body.toString()) as { dl: string };
  assert.match(config.dl, /^https:\/\/mirror\.example\/crates-io\/crates\/\{lowerprefix\}/);
  const page = (await raw(origin, '/')).body.toString();
  assert.match(page, /index = "sparse\+https:\/\/mirror\.example\/crates-io\/index\/"/);
});

test('HTTP/2 and HTTP/1.1 over TLS; SIGHUP reads the certificate again', async (t) => {
  const { cwd, sample } = shared;
  const write = async (): Promise<string> => {
    const { cert, key } = await makeCertificate();
    writeFileSync(join(cwd, 'cert.pem'), cert);
    writeFileSync(join(cwd, 'key.pem'), key);
    return cert;
  };
  const ca = await write();
  const tls = ['--tls-cert', 'cert.pem', '--tls-key', 'key.pem'];
  const server = await startServer(t, [...LOOSE, ...tls], cwd);
  const session = connectHttp2(server.origin, { ca });
  t.after(() => session.destroy());
  const bodies = await Promise.all(
    [...sample.crates].map(async ([path, bytes]) => {
      const stream = session.request({ ':path': path });
      const pieces: Buffer[] = [];
      for await (const piece of stream) pieces.push(piece as Buffer);
      return Buffer.concat(pieces).equals(bytes);
    }),
  );
  assert.ok(bodies.every(Boolean));
  const configOver = (ca: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const agent = false;
      httpsRequest(`${server.origin}/index/config.json`, { ca, agent }, (response) => {
        response.resume();
        resolve(response.statusCode as number);
      })
        .on('error', reject)
        .end();
    });
  assert.equal(await configOver(ca), 200, 'HTTP/1.1');
  const next = await write();
  server.child.kill('SIGHUP');
  await until(() => server.stderr().includes('the certificate was read again'));
  assert.equal(await configOver(next), 200);
  await assert.rejects(configOver(ca));
  writeFileSync(join(cwd, 'key.pem'), 'no key');
  server.child.kill('SIGHUP');
  await until(() => server.stderr().includes('the certificate stays as it was'));
  assert.equal(await configOver(next), 200);

  const closed = once(session, 'close');
  server.child.kill('SIGTERM');
  await closed;
  assert.equal((await server.ended).code, 0);
});

test('over HTTP/2, too, large headers and bodies are refused, and the connection goes on', async (t) => {
  const { cwd } = shared;
  const { cert, key } = await makeCertificate();
  writeFileSync(join(cwd, 'h2-cert.pem'), cert);
  writeFileSync(join(cwd, 'h2-key.pem'), key);
  const tls = ['--tls-cert', 'h2-cert.pem', '--tls-key', 'h2-key.pem'];
  const { origin } = await startServer(t, [...LOOSE, ...tls], cwd);
  const session = connectHttp2(origin, { ca: cert });
  t.after(() => session.destroy());
  /** @param body undefined for a request that ends with its header, null for one that never ends */
  const ask = async (headers: OutgoingHttpHeaders, body?: Buffer | null): Promise<unknown> => {
    const stream = session.request({ ':path': '/healthz', ...headers }, { endStream: body === undefined });
    // The server closes a stream whose body it does not want.
    stream.on('error', () => {});
    if (body instanceof Buffer) stream.end(body);
    const [response] = await once(stream, 'response');
    stream.resume();
    if (!stream.closed) await once(stream, 'close');
    return response[':status'];
  };
  const fields = (count: number, size: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, 'x'.repeat(size)]));
  assert.equal(await ask(fields(14, 1000)), 200);
  assert.equal(await ask(fields(50, 1000)), 431);
  assert.equal(await ask(fields(17, 1000)), 431);
  const post = { ':method': 'POST' };
  assert.equal(await ask(post, Buffer.from('x')), 413);
  assert.equal(await ask(post, Buffer.alloc(1_000_000)), 413);
  assert.equal(await ask({ 'content-length': '5' }, Buffer.from('12345')), 413);
  assert.equal(await ask({}, null), 413);
  assert.equal(await ask({ 'content-length': '0' }, Buffer.alloc(0)), 200);
  assert.equal(await ask({ ':method': 'DELETE' }), 405);
  assert.equal(await ask({}), 200);
});

test('SIGTERM: requests in progress finish, idle connections end, and the exit code is 0', async (t) => {
  const cwd = scratch(t);
  const large = Buffer.alloc(30_000_000, 'x');
  writeLooseCrate(cwd, 'large', large);
  const server = await startServer(t, LOOSE, cwd);
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const idle = connect(Number(new URL(server.origin).port), '127.0.0.1');
  await once(idle, 'connect');
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    httpRequest(`${server.origin}/crates/la/rg/large-1.0.0.crate`, { agent }, resolve)
      .on('error', reject)
      .end();
  });
  server.child.kill('SIGTERM');
  await until(() =>
    server.stderr().includes('SIGTERM: finishing the work in progress; once more stops at once'),
  );
  let size = 0;
  for await (const piece of response) size += (piece as Buffer).length;
  assert.equal(size, large.length);
  const { code, stderr } = await server.ended;
  assert.equal(code, 0);
  assert.match(stderr, /stopped after 1 request\n$/);
});

test('downloads that clients abandon leave nothing open', async (t) => {
  const cwd = scratch(t);
  writeLooseCrate(cwd, 'large', Buffer.alloc(20_000_000, 'x'));
  const server = await startServer(t, LOOSE, cwd);
  if (!existsSync('/proc/self/fd')) {
    t.skip('this system does not list the open files of a process');
    return;
  }
  const opened = (): number => readdirSync(`/proc/${server.child.pid}/fd`).length;
  assert.equal((await raw(server.origin, '/crates/la/rg/large-1.0.0.crate')).body.length, 20_000_000);
  const before = opened();
  for (let i = 0; i < 60; i++) {
    const socket = await send(
      server.origin,
      'GET /crates/la/rg/large-1.0.0.crate HTTP/1.1\r\nHost: x\r\n\r\n',
    );
    // Immediately, while the file is being found and opened, or in the middle of it.
    if (i % 3 > 0) await (i % 3 === 1 ? sleep(1) : once(socket, 'data'));
    socket.destroy();
  }
  await until(() => opened() <= before);
});

test('a client that reads nothing is cut off when the server stops, after --drain-timeout', async (t) => {
  const cwd = scratch(t);
  writeLooseCrate(cwd, 'large', Buffer.alloc(50_000_000, 'x'));
  const server = await startServer(t, [...LOOSE, '--drain-timeout', '300ms'], cwd);
  const stuck = await send(server.origin, 'GET /crates/la/rg/large-1.0.0.crate HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(stuck, 'data');
  stuck.pause();
  server.child.kill('SIGTERM');
  assert.equal((await server.ended).code, 0);
});

test('a slow request and an idle connection are ended after --idle-timeout', async (t) => {
  const { origin } = await startServer(t, [...LOOSE, '--idle-timeout', '1s'], shared.cwd);
  const started = performance.now();
  const sockets = [
    await send(origin, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'),
    await send(origin, 'GET /healthz HTTP/1.1\r\n'),
  ];
  await Promise.all(sockets.map(closed));
  assert.ok(performance.now() - started > 800);
});

test('one connection too many is ended, until there is room again', async (t) => {
  const { origin } = await startServer(t, [...LOOSE, '--max-connections', '5'], shared.cwd);
  const many = await Promise.all(Array.from({ length: 5 }, () => send(origin, 'GET /healthz HTTP/1.1\r\n')));
  const extra = await send(origin, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
  await closed(extra);
  assert.equal(extra.bytesRead, 0);
  for (const socket of many) socket.destroy();
  await until(() =>
    raw(origin, '/healthz').then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
});

test('a large file out of a bundle is streamed whole, and in parts', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, {
    crates: 1,
    profile: { median: 3_000_000, sigma: 0.1, max: 6_000_000 },
  });
  const ended = await runTool(t, 'downloader', [...upstream.args, '--bundle'], cwd);
  assert.equal(ended.code, 0, ended.stderr);
  const { origin } = await startServer(t, ['--bundles-dir', 'bundles', '--index-dir', 'index'], cwd);
  for (const [path, bytes] of upstream.files) {
    assert.ok((await raw(origin, `/crates/${path}`)).body.equals(bytes), path);
    const part = await raw(origin, `/crates/${path}`, { headers: { range: 'bytes=1000000-2000000' } });
    assert.ok(part.body.equals(bytes.subarray(1_000_000, 2_000_001)));
  }
  let newest = '';
  while (!newest.includes('<tbody>')) newest = (await raw(origin, '/newest')).body.toString();
  assert.equal(
    newest.match(/<tr><th scope="row">/g)?.length,
    upstream.files.size,
    'by the times of the bundles',
  );
});

test('health is bad while the index, the mirror or the bundles are gone', async (t) => {
  const cwd = scratch(t);
  await mirrorSample(t, cwd);
  const args = [...LOOSE, '--bundles-dir', 'bundles'];
  mkdirSync(join(cwd, 'bundles'));
  writeFileSync(join(cwd, 'bundles', 'bundles.index.jsonl'), '');
  const { origin } = await startServer(t, args, cwd);
  for (const gone of ['index', 'out', 'bundles']) {
    assert.equal((await raw(origin, '/healthz')).status, 200, gone);
    // As when a file system has been unmounted.
    renameSync(join(cwd, gone), join(cwd, 'elsewhere'));
    mkdirSync(join(cwd, gone));
    const { status, body } = await raw(origin, '/healthz');
    assert.deepEqual([status, body.toString()], [503, 'the index or the mirror cannot be read now\n'], gone);
    rmSync(join(cwd, gone), { recursive: true });
    renameSync(join(cwd, 'elsewhere'), join(cwd, gone));
  }
});

test('metrics, health and progress', async (t) => {
  const { cwd } = shared;
  const server = await startServer(t, [...LOOSE, '--progress-every', '2'], cwd);
  const { origin } = server;
  assert.equal((await raw(origin, '/healthz')).body.toString(), 'ok\n');
  await raw(origin, '/index/ro/ma/roman');
  await raw(origin, '/index/no/su/no-such-crate');
  let text = '';
  await until(async () => {
    text = (await raw(origin, '/metrics')).body.toString();
    return /crates_mirror_held_versions 33\n/.test(text);
  });
  for (const line of [
    'crates_mirror_server_requests_total{kind="index",code="200"} 1',
    'crates_mirror_server_requests_total{kind="index",code="404"} 1',
    'crates_mirror_server_requests_total{kind="crate",code="200"} 0',
    'crates_mirror_held_crates 25',
    'crates_mirror_server_connections 1',
  ])
    assert.ok(text.includes(`\n${line}\n`), line);
  assert.match(server.stderr(), /INFO progress requests=2 bytes=\d+ connections=\d/);
});

test('wrong input is one line, and exit code 2', async (t) => {
  const { cwd } = shared;
  writeFileSync(join(cwd, 'empty.pem'), '');
  const table: [string[], RegExp][] = [
    [['--mirror', 'out'], /^mirror-server: --index-dir is missing: where is the index\? See --help\n$/],
    [
      ['--mirror', 'nowhere', '--index-dir', 'index'],
      /^mirror-server: --mirror: there is no nowhere\. Mirror something first\n$/,
    ],
    [
      ['--mirror', 'out', '--index-dir', 'nowhere'],
      /^mirror-server: no index at nowhere: there is no such directory\. /,
    ],
    [
      ['--bundles-dir', 'ca.pem', '--index-dir', 'index'],
      /^mirror-server: --bundles-dir: ca\.pem is not a directory\n$/,
    ],
    [[...LOOSE, '--layout', 'go'], /^mirror-server: out was mirrored with the layout '.*', not 'go'\. /],
    [
      [...LOOSE, '--tls-cert', 'nowhere.pem', '--tls-key', 'ca.pem'],
      /^mirror-server: --tls-cert: cannot read nowhere\.pem: there is no such file.*\n$/,
    ],
    [
      [...LOOSE, '--tls-cert', 'ca.pem', '--tls-key', 'empty.pem'],
      /^mirror-server: --tls-cert and --tls-key: .*\. Check that ca\.pem and empty\.pem are PEM files that belong together\n$/,
    ],
  ];
  for (const [args, message] of table) {
    const { code, stderr } = await runTool(t, 'mirror-server', args, cwd);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
  const server = await startServer(t, LOOSE, cwd);
  const { host } = new URL(server.origin);
  const second = await runTool(t, 'mirror-server', [...LOOSE, '--listen', host], cwd);
  assert.equal(second.code, 2);
  assert.match(
    second.stderr,
    /^mirror-server: --listen: cannot listen on 127\.0\.0\.1:\d+: the port is in use\. /,
  );
});

async function send(origin: string, text: string): Promise<Socket> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  socket.resume();
  socket.write(text);
  return socket;
}

function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve));
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}
