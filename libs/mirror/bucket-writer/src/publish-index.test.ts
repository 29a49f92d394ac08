import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { KnownObjects } from '@crates-mirror/bucket-mirror';
import { MemberLedger } from '@crates-mirror/bundle';
import { indexPath, indexShard } from '@crates-mirror/crates-index';
import { mirrorHome } from '@crates-mirror/layout';
import { isInShard } from '@crates-mirror/layout/crates-of-shard';
import type { RunShard } from '@crates-mirror/layout/run-shard';
import type { StoreBody } from '@crates-mirror/s3';
import { plainSelection } from '@crates-mirror/selection/selector';
import { publishIndex } from './publish-index.ts';

const sha256Of = (version: string): string => version.replaceAll(/\D/g, '').padStart(64, '0');

function line(name: string, version: string): string {
  return `${JSON.stringify({ name, vers: version, deps: [], cksum: sha256Of(version), features: {}, yanked: false })}\n`;
}

/** An index, and a bucket that records writes to it. */
function open(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), 'publish-'));
  t.after(() => rmSync(root, { recursive: true }));
  const [directory, objects] = [join(root, 'index'), join(root, 'objects')];
  const bundles = join(root, 'bundles');
  const { membersDirectory } = mirrorHome(bundles);
  mkdirSync(objects);
  mkdirSync(membersDirectory, { recursive: true });
  const published = new Map<string, string>();
  const writes: string[] = [];
  const warnings: string[] = [];
  const bucket = {
    async put(key: string, { pieces }: StoreBody): Promise<string> {
      writes.push(key);
      let text = '';
      for await (const piece of pieces()) text += piece.toString();
      published.set(key, text);
      return `etag-${writes.length}`;
    },
    async delete(key: string): Promise<void> {
      writes.push(`-${key}`);
      published.delete(key);
    },
  };
  return {
    published,
    warnings,
    index(name: string, text: string | undefined): void {
      const path = join(directory, indexPath(name));
      mkdirSync(dirname(path), { recursive: true });
      if (text === undefined) rmSync(path);
      else writeFileSync(path, text);
    },
    hold(path: string, version: string): void {
      const known = new KnownObjects(objects);
      known.remember(`crates/${path}-${version}.crate`, { size: 1, etag: 'e', sha256: sha256Of(version) });
      known.flush();
    },
    bundle(name: string, path: string, version: string): void {
      const ledger = new MemberLedger(membersDirectory, []);
      const holding = { bundle: 'bundle-0001', size: 1, sha256: sha256Of(version) };
      ledger.remember(indexShard(name), `${path}-${version}.crate`, holding);
      ledger.flush();
    },
    async publish(only?: string, shard?: RunShard, allowMassRemoval = false): Promise<string[]> {
      writes.length = 0;
      writeFileSync(join(directory, 'config.json'), '{}');
      const warn = (...line: readonly unknown[]): void => void warnings.push(line.join(' '));
      const logger = { info: () => {}, warn };
      await publishIndex(
        {
          source: { directory, only },
          selection: plainSelection(true),
          layout: 'cargo',
          publicUrl: 'https://mirror.example/p',
          shard,
          members: { directory: bundles, held: ['bundle-0001'] },
          allowMassRemoval,
        },
        { bucket, objectsDirectory: objects, check: () => {}, signal: new AbortController().signal },
        logger,
      );
      return [...writes];
    },
  };
}

test('the index names held versions, its configuration comes last, and only changes are written', async (t) => {
  const mirror = open(t);
  const [one, two] = [line('serde', '1.0.0'), line('serde', '2.0.0')];
  mirror.index('serde', one + two);
  mirror.index('syn', line('syn', '1.0.0'));
  mirror.hold('se/rd/serde', '1.0.0');
  assert.deepEqual(await mirror.publish(), ['index/se/rd/serde', 'index/config.json']);
  assert.equal(mirror.published.get('index/se/rd/serde'), one);
  assert.deepEqual(JSON.parse(mirror.published.get('index/config.json') ?? ''), {
    dl: 'https://mirror.example/p/crates/{lowerprefix}/{crate}-{version}.crate?sha256={sha256-checksum}',
    api: null,
  });
  assert.deepEqual(await mirror.publish(), []);
  mirror.hold('se/rd/serde', '2.0.0');
  mirror.hold('3/s/syn', '9.0.0');
  assert.deepEqual(await mirror.publish(), ['index/se/rd/serde']);
  assert.equal(mirror.published.get('index/se/rd/serde'), one + two);
});

test('members of bundles are held too, with the checksum of the index', async (t) => {
  const mirror = open(t);
  mirror.index('serde', line('serde', '1.0.0') + line('serde', '2.0.0'));
  mirror.bundle('serde', 'se/rd/serde', '1.0.0');
  await mirror.publish();
  assert.equal(mirror.published.get('index/se/rd/serde'), line('serde', '1.0.0'));
});

test('a crate that has left the index is no longer published; one that cannot be read stays', async (t) => {
  const mirror = open(t);
  for (const name of ['serde', 'damaged']) {
    mirror.index(name, line(name, '1.0.0'));
    mirror.hold(`${indexPath(name).slice(0, 5)}/${name}`, '1.0.0');
  }
  await mirror.publish();
  mirror.index('damaged', 'not a line\n');
  mirror.index('serde', undefined);
  assert.deepEqual(await mirror.publish(), ['-index/se/rd/serde']);
  assert.ok(mirror.published.has('index/da/ma/damaged'));
});

test('an index that lacks too much is not followed, but crates that are named are', async (t) => {
  const mirror = open(t);
  const names = Array.from({ length: 14 }, (_, i) => `serde${String.fromCharCode(97 + i)}`);
  for (const name of names) {
    mirror.index(name, line(name, '1.0.0'));
    mirror.hold(`se/rd/${name}`, '1.0.0');
  }
  assert.equal((await mirror.publish()).length, names.length + 1);
  for (const name of names.slice(1)) mirror.index(name, undefined);
  assert.deepEqual(await mirror.publish(), []);
  assert.match(mirror.warnings.join(), /13 of 14 published index files are not in the index, .* they stay/);
  const list = join(mkdtempSync(join(tmpdir(), 'only-')), 'only');
  t.after(() => rmSync(dirname(list), { recursive: true }));
  writeFileSync(list, 'serdeb\n');
  assert.deepEqual(await mirror.publish(list), ['-index/se/rd/serdeb']);
  assert.equal((await mirror.publish(undefined, undefined, true)).length, 12, 'unless that is allowed');
});

test('a shard publishes its own crates, and removes no index file of another', async (t) => {
  const mirror = open(t);
  const shard = { number: 1, count: 2 };
  const names = ['serde', 'rand', 'syn', 'log', 'libc', 'bytes'];
  const [ours, others] = [true, false].map((is) => names.filter((name) => isInShard(name, shard) === is));
  assert.ok(ours?.length && others?.length);
  for (const name of names) {
    mirror.index(name, line(name, '1.0.0'));
    mirror.hold(indexPath(name), '1.0.0');
  }
  await mirror.publish(undefined, shard);
  const published = (): string[] => [...mirror.published.keys()].filter((key) => key !== 'index/config.json');
  assert.deepEqual(published().sort(), ours?.map((name) => `index/${indexPath(name)}`).sort());
  await mirror.publish(undefined, { number: 2, count: 2 });
  for (const name of names) mirror.index(name, undefined);
  await mirror.publish(undefined, shard);
  assert.deepEqual(published().sort(), others?.map((name) => `index/${indexPath(name)}`).sort());
});
