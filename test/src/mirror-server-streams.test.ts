import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeCertificate } from '@crates-mirror/sample-registry';
import { startServer, writeLooseCrate } from './mirror-server-tools.ts';
import { type Cleanup, scratch } from './tools.ts';

const SERVED = ['--mirror', 'out', '--index-dir', 'index', '--tls-cert', 'cert.pem', '--tls-key', 'key.pem'];

/** A server of one crate file, and a client's connection to it. */
async function served(t: Cleanup, body: Buffer): Promise<ClientHttp2Session> {
  const cwd = scratch(t);
  const { cert, key } = await makeCertificate();
  writeFileSync(join(cwd, 'cert.pem'), cert);
  writeFileSync(join(cwd, 'key.pem'), key);
  writeLooseCrate(cwd, 'large', body);
  const server = await startServer(t, SERVED, cwd);
  const session = connectHttp2(server.origin, { ca: cert });
  t.after(() => session.destroy());
  return session;
}

test('a slow client may ask for as many crate files as there are streams', async (t) => {
  for (const size of [900_000, 2_000_000]) {
    const session = await served(t, Buffer.alloc(size, 'x'));
    for (let i = 0; i < 120; i++) {
      const stream = session.request({ ':path': '/crates/la/rg/large-1.0.0.crate' });
      const [head] = await once(stream, 'response');
      assert.equal(head[':status'], 200, `stream ${i} of ${size} bytes`);
    }
  }
});
