import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { type ClientHttp2Stream, connect as connectHttp2, constants } from 'node:http2';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { makeCertificate } from '@crates-mirror/sample-registry';
import { startServer, writeLooseCrate } from '../support/mirror-server-tools.ts';
import { type Cleanup, scratch } from '../support/tools.ts';

const SERVED = ['--mirror', 'out', '--index-dir', 'index', '--tls-cert', 'cert.pem', '--tls-key', 'key.pem'];

const LARGE = { ':path': '/crates/la/rg/large-1.0.0.crate' };

/** A server of one crate file, and a client's connection to it. */
async function served(t: Cleanup, body: Buffer, initialWindowSize?: number) {
  const cwd = scratch(t);
  const { cert, key } = await makeCertificate();
  writeFileSync(join(cwd, 'cert.pem'), cert);
  writeFileSync(join(cwd, 'key.pem'), key);
  writeLooseCrate(cwd, 'large', body);
  const server = await startServer(t, SERVED, cwd);
  const session = connectHttp2(server.origin, {
    ca: cert,
    ...(initialWindowSize === undefined ? {} : { settings: { initialWindowSize } }),
  });
  t.after(() => session.destroy());
  return { server, session };
}

/** How often a process has a file open. */
function openFiles(pid: number | undefined, name: string): number {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).endsWith(`/${name}`);
    } catch {
      return false;
    }
  }).length;
}

test('a slow client may ask for as many crate files as there are streams', async (t) => {
  const { session } = await served(t, Buffer.alloc(900_000, 'x'), 100);
  for (let i = 0; i < 120; i++) {
    const [head] = await once(session.request(LARGE), 'response');
    assert.equal(head[':status'], 200, `stream ${i}`);
  }
});

test('of large crate files, a connection has sixteen open; others wait, and all arrive', async (t) => {
  const body = Buffer.alloc(2_000_000, 'x');
  const { server, session } = await served(t, body);
  assert.ok((await buffer(session.request(LARGE))).equals(body));
  const streams = Array.from({ length: 100 }, () => session.request(LARGE).on('error', () => {}));
  await once(streams[15] as ClientHttp2Stream, 'response');
  // Waiting requests do not block others.
  const [health] = await once(session.request({ ':path': '/healthz' }), 'response');
  assert.equal(health[':status'], 200);
  if (existsSync('/proc/self/fd')) assert.equal(openFiles(server.child.pid, 'large-1.0.0.crate'), 16);
  // Some of the active and some of the waiting requests are canceled.
  for (const i of [0, 5, 15, 16, 50, 99]) streams[i]?.close(constants.NGHTTP2_CANCEL);
  const kept = streams.filter(({ closed }) => !closed);
  assert.equal(kept.length, 94);
  for (const got of await Promise.all(kept.map((stream) => buffer(stream)))) assert.ok(got.equals(body));
});
