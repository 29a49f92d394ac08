import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseMember } from '@crates-mirror/bundle';
import { readTar } from '@crates-mirror/bundle/tar-reader';
import { sha256Hex } from '@crates-mirror/hashing';
import { type MemoryStore, startMemoryStore } from '@crates-mirror/object-store';
import { CATALOG, parseCatalog } from './stored-catalog.ts';

const PROCESS = join(import.meta.dirname, 'killed-shelf.ts');
const NAMES = Array.from({ length: 11 }, (_, i) => `crate-${String.fromCharCode(97 + i)}`);
/** Set CRATES_MIRROR_TEST_KILLS=100 for a longer manual test. */
const KILLS = Number(process.env['CRATES_MIRROR_TEST_KILLS'] ?? 5);

/** The number of the request at which run `i` is killed: primes, as far apart as a bundle's requests. */
const killAt = (i: number): number => 3 + ((i * 7) % 23);

async function run(store: MemoryStore, root: string, killedAt: number): Promise<number | null> {
  const child = spawn(process.execPath, [PROCESS, root, store.endpoint, NAMES.join(',')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let requests = 0;
  store.onRequest = () => {
    requests += 1;
    if (requests === killedAt) child.kill('SIGKILL');
  };
  const [code] = await once(child, 'exit');
  return code as number | null;
}

/** Every bundle that can be seen is whole, and the catalog names nothing that is not there. */
function checkVisible({ bucket }: MemoryStore): string[] {
  const at = (name: string): Buffer | undefined => bucket.objects.get(`p/bundles/${name}`)?.body;
  for (const [key, { body, headers }] of bucket.objects)
    if (key.endsWith('.tar.zst')) assert.equal(headers['x-amz-meta-sha256'], sha256Hex(body), key);
  const members: string[] = [];
  const catalog = bucket.objects.get(`p/${CATALOG}`)?.body.toString() ?? '';
  for (const { path, manifest, sha256, manifest_sha256 } of parseCatalog(catalog).entries.values()) {
    assert.equal(sha256Hex(at(path) ?? ''), sha256);
    assert.equal(sha256Hex(at(manifest) ?? ''), manifest_sha256);
    const lines = at(manifest)?.toString().trimEnd().split('\n') ?? [];
    members.push(...lines.map((line) => parseMember(line)?.name ?? ''));
  }
  return members.sort();
}

async function checkReadable(t: TestContext, { bucket }: MemoryStore): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), 'stored-'));
  t.after(() => rmSync(scratch, { recursive: true }));
  for (const [key, { body }] of bucket.objects) {
    if (!key.endsWith('.tar.zst')) continue;
    writeFileSync(join(scratch, 'bundle'), body);
    for await (const { name, content } of readTar(join(scratch, 'bundle'))) {
      const pieces: Buffer[] = [];
      for await (const piece of content) pieces.push(piece);
      assert.match(
        Buffer.concat(pieces).toString(),
        new RegExp(`^crate file of ${name.replace('-1.0.0.crate', '')} `),
      );
    }
  }
}

test('kill -9 at many requests: only whole bundles can be seen, and the last run stores each member once', async (t) => {
  const store = await startMemoryStore(t);
  const root = mkdtempSync(join(tmpdir(), 'shelf-kills-'));
  t.after(() => rmSync(root, { recursive: true }));
  let killed = 0;
  for (let i = 0; killed < KILLS && i < 3 * KILLS; i++) {
    if ((await run(store, root, killAt(i))) === null) killed += 1;
    checkVisible(store);
    // Half of the time, the machine is lost with its cache.
    if (i % 4 === 3) rmSync(root, { recursive: true });
  }
  assert.equal(await run(store, root, Number.POSITIVE_INFINITY), 0);
  assert.deepEqual(checkVisible(store), NAMES);
  await checkReadable(t, store);
});
