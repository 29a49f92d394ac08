import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import {
  type FaultyProxy,
  makeBucket,
  NO_SWIFT,
  putPlainly,
  startFaultyProxy,
  startSwift,
} from '@crates-mirror/object-store';
import { Bucket, putInParts } from '@crates-mirror/s3';
import { QUIET } from '../support/archive-tools.ts';
import { type Cleanup, type Ended, scratch, startTool } from '../support/tools.ts';

const HEADERS = { contentType: 'application/gzip', cacheControl: 'no-store' };
const PART = 5 << 20;
/** Paths whose order in a listing is not that of a walk, and one that is stored in parts. */
const FILES: ReadonlyMap<string, Buffer> = new Map([
  ['ab/c-1.0.0.crate', Buffer.from('one')],
  ['ab-/x', Buffer.from('two')],
  ['ab/cd/e+f ü.crate', Buffer.from('three')],
  ['empty', Buffer.alloc(0)],
  ['large', Buffer.alloc(PART + 1000, 'large ')],
]);
const TIME = ['--mtime', '@1000000000'];

interface Place {
  readonly cwd: string;
  readonly bucket: Bucket;
  readonly proxy: FaultyProxy;
  /** As another program stores an object. */
  putPlainly(key: string, text: string): Promise<void>;
  run(...args: string[]): Promise<Ended>;
}

/** The files in a directory `crates` and in a bucket. */
async function open(t: Cleanup): Promise<Place> {
  const swift = await startSwift(t);
  await makeBucket(swift, 'mirror');
  const proxy = await startFaultyProxy(t, swift.endpoint);
  const cwd = scratch(t);
  const environment = { ...swift.environment, HOME: cwd, AWS_ENDPOINT_URL: proxy.endpoint };
  const options = { endpoint: proxy.endpoint, region: undefined, addressing: undefined, caFile: undefined };
  const address = { bucket: 'mirror', prefix: 'm/crates/' };
  const bucket = new Bucket({ address, options, environment, connections: 2 });
  t.after(() => bucket.close());
  for (const [path, bytes] of FILES) {
    mkdirSync(dirname(join(cwd, 'crates', path)), { recursive: true });
    writeFileSync(join(cwd, 'crates', path), bytes);
    const read = async (from: number, length: number): Promise<Buffer> => bytes.subarray(from, from + length);
    const body = { size: bytes.length, sha256: sha256Hex(bytes), pieces: () => [bytes], read };
    if (bytes.length > PART) await putInParts(bucket, path, body, HEADERS, undefined, PART);
    else await bucket.put(path, body, HEADERS);
  }
  return {
    cwd,
    bucket,
    proxy,
    putPlainly: (key, text) => putPlainly(swift, `mirror/m/crates/${key}`, Buffer.from(text)),
    run: (...args) => startTool(t, 'archive-hasher', [...args, ...QUIET], cwd, environment).ended,
  };
}

describe('objects in OpenStack Swift', { skip: NO_SWIFT }, () => {
  test('their inventory by reading is that of the same files; by listing, it says who determined the checksums', async (t) => {
    const { cwd, bucket, proxy, run, ...place } = await open(t);
    const dir = ['--dir', 's3://mirror/m/crates'];
    const ofFiles = await run('--dir', 'crates', '--out-dir', 'files', '--no-tar', ...TIME);
    assert.equal(ofFiles.code, 0, ofFiles.stderr);
    proxy.fault = (line) => (line.endsWith('/large') && proxy.seen.length % 2 === 0 ? 'half' : 'pass');
    const read = await run(...dir, '--read', '--out-dir', 'read', ...TIME);
    assert.equal(read.code, 0, read.stderr);
    proxy.fault = () => 'pass';
    assert.deepEqual(readdirSync(join(cwd, 'read')), readdirSync(join(cwd, 'files')));
    for (const name of readdirSync(join(cwd, 'read')))
      assert.equal(
        readFileSync(join(cwd, 'read', name), 'utf8'),
        readFileSync(join(cwd, 'files', name), 'utf8'),
      );

    proxy.seen.length = 0;
    const listed = await run(...dir, '--out-dir', 'listed', ...TIME);
    assert.equal(listed.code, 0, listed.stderr);
    assert.match(listed.stdout, /^Listed 5 files \(.*\n[\s\S]*noted by the uploader/);
    assert.deepEqual(
      proxy.seen.filter((line) => line.startsWith('GET') && !/\/(mirror|lock)\/?$/.test(line)),
      [],
      'no content is read',
    );
    const yaml = readFileSync(join(cwd, 'listed/crates.yaml'), 'utf8');
    assert.match(yaml, /^schemaVersion: 2\n/);
    assert.match(yaml, /sha256From: 'uploader'/);
    assert.doesNotMatch(yaml, /blake3/);
    assert.equal(
      readFileSync(join(cwd, 'listed/crates.SHA256SUMS'), 'utf8'),
      readFileSync(join(cwd, 'files/crates.SHA256SUMS'), 'utf8'),
    );

    const verify = (inventory: string, ...more: string[]): Promise<Ended> =>
      run('verify', `${inventory}/crates.yaml`, ...dir, ...more);
    for (const ended of [
      await verify('files'),
      await verify('files', '--read', '--algorithms', 'all'),
      await verify('listed'),
      await run('verify', 'listed/crates.yaml', '--dir', 'crates'),
    ])
      assert.equal(ended.code, 0, ended.stdout + ended.stderr);
    await place.putPlainly('ab/c-1.0.0.crate', 'one');
    await place.putPlainly('ab-/x', 'other');
    await place.putPlainly('new', 'new');
    await bucket.delete('empty');
    const unknown =
      /unreadable +ab\/c-1\.0\.0\.crate: neither the store nor its uploader has recorded its SHA-256/;
    const byListing = await verify('files');
    assert.equal(byListing.code, 1);
    assert.match(byListing.stdout, unknown);
    assert.match(
      byListing.stdout,
      /changed +ab-\/x: has 5 bytes, had 3\n[\s\S]*missing +empty\n[\s\S]*extra +new\n/,
    );
    const byReading = await verify('files', '--read');
    assert.equal(byReading.code, 1);
    assert.match(byReading.stdout, /: 1 missing, 1 extra, 1 changed; read 3 files/);
    const incomplete = await run(...dir, '--out-dir', 'listed', ...TIME);
    assert.equal(incomplete.code, 1);
    assert.match(readFileSync(join(cwd, 'listed/crates.yaml'), 'utf8'), /sha256From: 'none'/);

    proxy.fault = (line) => (line.endsWith('/large') ? { status: 400, word: 'ExpiredToken' } : 'pass');
    for (const ended of [await run(...dir, '--read', '--out-dir', 'none'), await verify('files', '--read')]) {
      assert.equal(ended.code, 1);
      assert.match(ended.stderr, /GET s3:\/\/mirror\/m\/crates\/large: .*the credentials have expired/);
      assert.doesNotMatch(ended.stderr, /\n\s+at /);
    }
    assert.deepEqual(readdirSync(join(cwd, 'none')), []);
    for (const wrong of ['s3://none/x', 's3://mirror/empty'])
      assert.equal((await run('--dir', wrong)).code, 2);
  });
});
