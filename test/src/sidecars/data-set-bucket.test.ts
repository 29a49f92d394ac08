import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, watch } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  type FaultyProxy,
  makeBucket,
  NO_SWIFT,
  startFaultyProxy,
  startSwift,
} from '@crates-mirror/object-store';
import { Bucket } from '@crates-mirror/s3';
import { type Cleanup, type RunningTool, scratch, shared, startTool } from '../support/tools.ts';
import { line, writeIndex } from './sidecar-tools.ts';

const SHARDS = ['ab', 'cd', 'ef', 'gh', 'ij', 'kl', 'mn', 'op', 'qr'];

/** An index with a crate in each shard. @param more shards whose crate has a second version */
function writeShards(cwd: string, more: readonly string[] = []): void {
  const crates = SHARDS.map((shard) => {
    const versions = ['1.0.0', ...(more.includes(shard) ? ['1.1.0'] : [])];
    return [`${shard}/cd/${shard}cd`, versions.map((version) => line(`${shard}cd`, version))] as const;
  });
  writeIndex(cwd, Object.fromEntries(crates));
}

const ARGS = ['--index-dir', 'index', '--output-mode', 'parquet', '--parquet-out'];

/** Partitions in a directory, by name. */
function partitionsIn(directory: string): Map<string, string> {
  const names = readdirSync(directory).filter((name) => name.endsWith('.parquet'));
  return new Map(names.map((name) => [name, readFileSync(join(directory, name)).toString('latin1')]));
}

/** The data set that an undisturbed run makes in a directory. */
async function undisturbed(t: Cleanup, cwd: string): Promise<Map<string, string>> {
  const ended = await startTool(t, 'sidecar-generator', [...ARGS, 'local'], cwd).ended;
  assert.equal(ended.code, 0, ended.stderr);
  return partitionsIn(join(cwd, 'local'));
}

test('a run that was killed is gone on with, and ends with the files of one that was not', async (t) => {
  const cwd = scratch(t);
  writeShards(cwd);
  const expected = await undisturbed(t, cwd);
  const killed = startTool(t, 'sidecar-generator', [...ARGS, 'killed'], cwd);
  const watcher = watch(cwd, { recursive: true }, (_, name) => {
    if (name?.endsWith('.partial') === true) killed.child.kill('SIGKILL');
  });
  const { code } = await killed.ended;
  watcher.close();
  assert.equal(code, null);
  const after = await startTool(t, 'sidecar-generator', [...ARGS, 'killed'], cwd).ended;
  assert.equal(after.code, 0, after.stderr);
  assert.deepEqual(partitionsIn(join(cwd, 'killed')), expected);
  assert.deepEqual(
    readdirSync(join(cwd, 'killed')).filter((name) => !name.endsWith('.parquet')),
    ['data-set.json'],
  );
});

interface Place {
  readonly cwd: string;
  readonly proxy: FaultyProxy;
  readonly bucket: Bucket;
  run(...args: string[]): RunningTool;
  /** Requests for partitions since the last run began. */
  asked(method: string): string[];
}

const store = shared(async (t) => {
  const swift = await startSwift(t);
  await makeBucket(swift, 'data');
  return swift;
});

async function open(t: Cleanup, prefix: string): Promise<Place> {
  const swift = await store();
  const proxy = await startFaultyProxy(t, swift.endpoint);
  const cwd = scratch(t);
  const environment = { ...swift.environment, HOME: cwd, AWS_ENDPOINT_URL: proxy.endpoint };
  const options = { endpoint: swift.endpoint, region: undefined, addressing: undefined, caFile: undefined };
  const address = { bucket: 'data', prefix: `${prefix}/` };
  const bucket = new Bucket({ address, options, environment, connections: 2 });
  t.after(() => bucket.close());
  writeShards(cwd);
  return {
    cwd,
    proxy,
    bucket,
    run: (...args) => {
      proxy.seen.length = 0;
      const place = [`s3://data/${prefix}`, '--cache-dir', 'cache', '--log-format', 'json'];
      return startTool(t, 'sidecar-generator', [...ARGS, ...place, ...args], cwd, environment);
    },
    asked: (method) =>
      proxy.seen
        .filter((one) => one.startsWith(`${method} `) && one.endsWith('.parquet'))
        .map((one) => one.slice(one.lastIndexOf('/') + 1))
        .sort(),
  };
}

async function partitionsOf(bucket: Bucket): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { key } of bucket.list(''))
    if (key.endsWith('.parquet')) found.set(key, (await bucket.get(key))?.body.toString('latin1') ?? '');
  return found;
}

async function done(running: RunningTool): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await running.ended;
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

describe('a data set in OpenStack Swift', { skip: NO_SWIFT }, () => {
  test('partitions are those of a directory; only changed ones are written, and a lost cache costs no body', async (t) => {
    const { cwd, bucket, run, asked } = await open(t, 'nights');
    const expected = await undisturbed(t, cwd);
    assert.equal((await done(run()))['partitions_written'], SHARDS.length);
    assert.deepEqual(await partitionsOf(bucket), expected);
    assert.deepEqual(readdirSync(join(cwd, 'cache')).sort(), ['partitions', 'partitions.json']);
    assert.deepEqual(readdirSync(join(cwd, 'cache/partitions')), []);

    writeShards(cwd, ['cd']);
    const { partitions_written, partitions_unchanged, out } = await done(run());
    assert.deepEqual(
      [partitions_written, partitions_unchanged, out],
      [1, SHARDS.length - 1, 's3://data/nights'],
    );
    assert.deepEqual([asked('PUT'), asked('GET')], [['cd.parquet'], []]);

    rmSync(join(cwd, 'cache'), { recursive: true });
    rmSync(join(cwd, 'index/ij'), { recursive: true });
    const pruned = await done(run('--prune', '--yes'));
    assert.deepEqual([pruned['partitions_written'], pruned['pruned']], [0, 1]);
    assert.deepEqual(
      [asked('GET').length, asked('PUT'), asked('DELETE')],
      [SHARDS.length, [], ['ij.parquet']],
    );
  });

  test('a run that was killed, and one that the store has refused, are gone on with', async (t) => {
    const { cwd, bucket, proxy, run, asked } = await open(t, 'faults');
    const expected = await undisturbed(t, cwd);
    let puts = 0;
    proxy.fault = (request) => {
      if (!/^PUT .*\.parquet$/.test(request)) return 'pass';
      puts += 1;
      if (puts === 4) killed.child.kill('SIGKILL');
      return puts === 1 ? { status: 503, word: 'SlowDown' } : 'pass';
    };
    const killed: RunningTool = run();
    assert.equal((await killed.ended).code, null);
    proxy.fault = (request) =>
      /^PUT .*\/qr\.parquet$/.test(request) ? { status: 507, word: 'InsufficientStorage' } : 'pass';
    const refused = await run().ended;
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /PUT s3:\/\/data\/faults\/qr\.parquet: the object store has no room/);
    assert.match(String(JSON.parse(refused.stdout)['fatal']), /has no room/);
    proxy.fault = () => 'pass';
    await done(run());
    assert.ok(asked('PUT').includes('qr.parquet'));
    assert.deepEqual(await partitionsOf(bucket), expected);
    assert.equal(await bucket.get('.crates-mirror/lock'), undefined);
  });
});
