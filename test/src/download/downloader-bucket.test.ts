import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import {
  type FaultyProxy,
  makeBucket,
  NO_SWIFT,
  type Swift,
  startFaultyProxy,
  startSwift,
} from '@crates-mirror/object-store';
import { Bucket, type BucketDeps, type BucketRequest, putInParts } from '@crates-mirror/s3';
import { NO_CARGO, Project } from '../support/cargo-project.ts';
import { startServer } from '../support/mirror-server-tools.ts';
import {
  type Cleanup,
  type Ended,
  type RunningTool,
  scratch,
  shared,
  startTool,
  summary,
} from '../support/tools.ts';

/** Crate files of the sample. Two of them have a `+` in their versions, and so two objects. */
const FILES = 33;
const OBJECTS = 35;

interface Store {
  readonly swift: Swift;
  /** The bucket's public URL. */
  readonly url: string;
}

const store = shared(async (t): Promise<Store> => {
  const swift = await startSwift(t);
  return { swift, url: await makeBucket(swift, 'mirror') };
});

/** A mirror of the sample in a bucket, and a proxy that records all requests to the store. */
interface BucketMirror extends Store {
  readonly cwd: string;
  readonly proxy: FaultyProxy;
  readonly deps: BucketDeps;
  readonly bucket: Bucket;
  run(...args: string[]): RunningTool;
  /** Requests for single objects below `crates` and `index` since the last run began, by method. */
  asked(): Record<string, number>;
}

async function open(t: Cleanup, prefix: string): Promise<BucketMirror> {
  const { swift, url } = await store();
  const cwd = scratch(t);
  const proxy = await startFaultyProxy(t, swift.endpoint);
  const environment = { ...swift.environment, AWS_ENDPOINT_URL: proxy.endpoint, HOME: cwd };
  const deps: BucketDeps = {
    address: { bucket: 'mirror', prefix: `${prefix}/` },
    options: { endpoint: swift.endpoint, region: undefined, addressing: undefined, caFile: undefined },
    environment,
    connections: 2,
  };
  const bucket = new Bucket(deps);
  t.after(() => bucket.close());
  return {
    swift,
    url,
    cwd,
    proxy,
    deps,
    bucket,
    run: (...more) => {
      proxy.seen.length = 0;
      const place = ['--out', `s3://mirror/${prefix}`, '--cache-dir', 'cache'];
      return startTool(
        t,
        'downloader',
        ['--sample', ...place, '--log-format', 'json', ...more],
        cwd,
        environment,
      );
    },
    asked: () => {
      const methods: Record<string, number> = {};
      for (const line of proxy.seen) {
        const [, method = '', key = ''] = /^(\w+) \/mirror\/[^/]+\/(?:crates|index)\/(.+)$/.exec(line) ?? [];
        if (key !== '') methods[method] = (methods[method] ?? 0) + 1;
      }
      return methods;
    },
  };
}

async function done(ended: Promise<Ended>): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await ended;
  assert.equal(code, 0, stderr);
  return summary({ code, stdout, stderr });
}

describe('a mirror in OpenStack Swift', { skip: NO_SWIFT }, () => {
  test('a night without changes asks for no object; a lost cache is learnt anew without reading one', async (t) => {
    const mirror = await open(t, 'nights');
    const publishing = ['--public-url', `${mirror.url}/nights`];
    const wouldBe = async (toDownload: number, existing: number, toHash: number): Promise<void> => {
      const would = await done(mirror.run('--dry-run').ended);
      const counts = [would['to_download'], would['existing'], would['to_hash'], would['out']];
      assert.deepEqual(counts, [toDownload, existing, toHash, 's3://mirror/nights']);
      assert.deepEqual(
        mirror.proxy.seen.filter((line) => !/^(GET|HEAD) /.test(line)),
        [],
      );
      assert.deepEqual(mirror.asked(), {});
    };
    await wouldBe(FILES, 0, 0);
    assert.ok(!existsSync(join(mirror.cwd, 'cache')), 'a dry run writes nothing');
    assert.equal((await done(mirror.run(...publishing).ended))['downloaded'], FILES);
    const keys = mirror.proxy.seen.filter((line) => /^PUT \/mirror\/nights\/(crates|index)\//.test(line));
    const index = keys.length - OBJECTS;
    const lastCrate = keys.findLastIndex((line) => line.includes('/crates/'));
    assert.equal(lastCrate, OBJECTS - 1, 'the index comes after the crate files');
    assert.equal(keys.at(-1), 'PUT /mirror/nights/index/config.json');
    if (NO_CARGO === false) await new Project(mirror.cwd, `${mirror.url}/nights`).cargo('fetch');
    const [first] = readdirSync(join(mirror.cwd, 'cache/.crates-mirror/objects-1'));
    assert.ok(first !== undefined, 'the objects are known');

    assert.equal((await done(mirror.run(...publishing).ended))['existing'], FILES);
    assert.deepEqual(mirror.asked(), {});

    await wouldBe(0, FILES, 0);
    rmSync(join(mirror.cwd, 'cache'), { recursive: true });
    for await (const { key } of mirror.bucket.list('crates/')) {
      const { headers } = await fetch(`${mirror.url}/nights/${encodeURI(key).replaceAll('+', '%2B')}`);
      assert.equal(headers.get('content-type'), 'application/gzip');
      assert.match(headers.get('x-object-meta-sha256') ?? '', /^[0-9a-f]{64}$/);
      await mirror.bucket.delete(key);
      break;
    }
    await wouldBe(1, 0, FILES - 1);
    const { existing, downloaded } = await done(mirror.run(...publishing).ended);
    assert.deepEqual([existing, downloaded], [FILES - 1, 1]);
    assert.deepEqual(mirror.asked(), { HEAD: OBJECTS - 1 + index, PUT: 1 });
  });

  test('a run that was killed is gone on with: what it stored is not stored again', async (t) => {
    const mirror = await open(t, 'killed');
    const left = { size: 3, sha256: '', read: () => Promise.reject(new Error('killed')) };
    const client = new KilledClient(mirror.deps);
    await assert.rejects(putInParts(client, 'crates/left', left, { contentType: 'a/b', cacheControl: '' }));
    await client.close();
    let puts = 0;
    mirror.proxy.fault = (line) => {
      if (line.startsWith('PUT /mirror/killed/crates/')) puts += 1;
      if (puts === 20) killed.child.kill('SIGKILL');
      return 'pass';
    };
    const killed: RunningTool = mirror.run();
    assert.equal((await killed.ended).code, null);
    assert.match(killed.stderr(), /aborted the upload of s3:\/\/mirror\/killed\/crates\/left/);
    const stored = new Set<string>();
    for await (const { key } of mirror.bucket.list('crates/')) stored.add(key);
    mirror.proxy.fault = () => 'pass';
    const { existing, downloaded } = await done(mirror.run().ended);
    assert.equal(Number(existing) + Number(downloaded), FILES);
    const { PUT = 0, HEAD = 0, GET } = mirror.asked();
    // The store may have completed some requests of the killed run after it was listed here.
    assert.ok(PUT <= OBJECTS - stored.size, `${PUT} besides ${stored.size}`);
    assert.ok(PUT + HEAD <= OBJECTS);
    assert.equal(GET, undefined);
  });

  test('bundles: whole ones only, whatever is killed; a lost cache is learnt anew; a server serves members', async (t) => {
    const mirror = await open(t, 'bundles');
    const isBundle = (key: string): boolean => key.endsWith('.tar.zst');
    const bundling = ['--bundle', '--bundle-size-gb', '0.001', '--public-url', 'https://m.example'];
    mirror.proxy.fault = (line, query) => {
      // All parts are there; the upload is not completed.
      const isEnd = line.startsWith('POST /mirror/bundles/bundles/') && query.has('uploadId');
      if (isEnd) killed.child.kill('SIGKILL');
      return isEnd ? 'cut' : 'pass';
    };
    const killed: RunningTool = mirror.run(...bundling);
    assert.equal((await killed.ended).code, null);
    for await (const { key } of mirror.bucket.list('bundles/')) assert.ok(!isBundle(key), key);
    mirror.proxy.fault = () => 'pass';
    const next = await mirror.run(...bundling).ended;
    assert.equal(next.code, 0, next.stderr);
    assert.equal(summary(next)['existing'], FILES, 'nothing is fetched again');
    assert.match(next.stderr, /aborted the upload of s3:\/\/mirror\/bundles\/bundles\/bundle-0001-/);
    assert.ok(!readdirSync(join(mirror.cwd, 'cache/bundles')).some(isBundle), 'it is only in the store');

    rmSync(join(mirror.cwd, 'cache'), { recursive: true });
    assert.equal((await done(mirror.run(...bundling).ended))['existing'], FILES);
    const read = mirror.proxy.seen.filter((line) => line.startsWith('GET ') && isBundle(line));
    assert.deepEqual(read, []);
    const sizing = await mirror.run('--bundle', '--dry-run').ended;
    assert.equal(sizing.code, 2);
    assert.match(sizing.stderr, /--dry-run cannot look into the bundles of s3:\/\/mirror\/bundles\. Leave/);
    const { code, stderr } = await mirror.run().ended;
    assert.equal(code, 2);
    assert.match(stderr, /the crate files of s3:\/\/mirror\/bundles are in bundles\. Add --bundle/);

    const served = ['--mirror', 's3://mirror/bundles', '--cache-dir', 'served'];
    const server = await startServer(t, served, mirror.cwd, mirror.deps.environment);
    const line = await (await fetch(`${server.origin}/index/ro/ma/roman`)).text();
    const { vers, cksum } = JSON.parse(line.split('\n')[0] ?? '') as Record<string, string>;
    const crate = await fetch(`${server.origin}/crates/x/roman-${vers}.crate?sha256=${cksum}`);
    assert.equal(sha256Hex(Buffer.from(await crate.arrayBuffer())), cksum);
  });

  test('shards fill one prefix side by side: a whole mirror, and a manifest of each run', async (t) => {
    const mirror = await open(t, 'shards');
    const publishing = ['--public-url', `${mirror.url}/shards`];
    const shards = [1, 2].map((number) => mirror.run('--shard', `${number}/2`, ...publishing).ended);
    const summaries = await Promise.all(shards.map(done));
    const counts = summaries.map(({ downloaded }) => Number(downloaded));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      FILES,
    );
    assert.ok(counts.every((count) => count > 0));
    const manifests: string[] = [];
    for await (const { key } of mirror.bucket.list('.crates-mirror/manifests/')) manifests.push(key);
    assert.deepEqual(
      manifests.map((key) => key.replace(/\.\d{8}T\d{6}\.\d{3}Z/, '')),
      [1, 2].map((number) => `.crates-mirror/manifests/manifest.shard-${number}-of-2.jsonl`),
    );
    if (NO_CARGO === false) await new Project(mirror.cwd, `${mirror.url}/shards`).cargo('fetch');
    // A run over all finds what the shards have stored, and changes nothing.
    assert.equal((await done(mirror.run(...publishing).ended))['existing'], FILES);
    const { PUT, DELETE } = mirror.asked();
    assert.deepEqual([PUT, DELETE], [undefined, undefined]);
  });

  test('a store that is busy is waited for; one that refuses stops the run, and the next goes on', async (t) => {
    const mirror = await open(t, 'faults');
    let puts = 0;
    let refusal = { status: 507, word: 'InsufficientStorage' };
    mirror.proxy.fault = (line) => {
      if (!line.startsWith('PUT /mirror/faults/crates/')) return 'pass';
      puts += 1;
      if (puts === 1) return { status: 503, word: 'SlowDown' };
      if (puts === 2) return { status: 500, word: 'InternalError' };
      if (puts === 3) return 'cut';
      return puts > 6 ? refusal : 'pass';
    };
    const full = await mirror.run().ended;
    assert.equal(full.code, 1);
    assert.match(
      full.stderr,
      /cannot write the mirror: PUT s3:.* has no room \(507 InsufficientStorage\)\. Free/,
    );
    puts = 6;
    refusal = { status: 400, word: 'ExpiredToken' };
    const expired = await mirror.run().ended;
    assert.equal(expired.code, 1);
    assert.match(expired.stderr, /the credentials have expired \(400 ExpiredToken\)\. Get new ones/);
    mirror.proxy.fault = () => 'pass';
    const { existing, downloaded } = await done(mirror.run().ended);
    assert.equal(Number(existing) + Number(downloaded), FILES);
    assert.ok(Number(existing) >= 3, `${existing} of the first run`);
  });

  test('another layout, another writer, a bucket that is not there: one line, and nothing is changed', async (t) => {
    const mirror = await open(t, 'refused');
    await done(mirror.run('--limit', '1').ended);
    const refused = async (...more: string[]): Promise<string> => {
      const { code, stderr } = await mirror.run(...more).ended;
      assert.equal(code, 2, stderr);
      assert.deepEqual(mirror.asked(), {});
      return stderr;
    };
    assert.match(
      await refused('--layout', 'upstream', '--cache-dir', 'other'),
      /s3:\/\/mirror\/refused was mirrored with the layout 'cargo', not 'upstream'/,
    );
    assert.match(await refused('--out', 's3://none/x'), /--out: .* has no such bucket/);
    assert.match(
      await refused('--require-existing', '--out', 's3://mirror/new'),
      /there is no mirror in s3:\/\/mirror\/new/,
    );
    const holder = { pid: 1, host: 'other.example', since: 'noon', started: '', until: Date.now() + 600_000 };
    await putText(mirror.bucket, '.crates-mirror/lock', JSON.stringify(holder));
    assert.match(await refused(), /another run \(process 1 on other\.example, since noon\) is working on s3/);
  });
});

async function putText(bucket: Bucket, key: string, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  const body = { size: bytes.length, sha256: sha256Hex(bytes), pieces: () => [bytes] };
  await bucket.put(key, body, { contentType: 'application/json', cacheControl: 'no-store' });
}

/** A bucket whose client is killed before it aborts an upload. */
class KilledClient extends Bucket {
  override request(request: BucketRequest): ReturnType<Bucket['request']> {
    return request.method === 'DELETE' ? Promise.reject(new Error('killed')) : super.request(request);
  }
}
