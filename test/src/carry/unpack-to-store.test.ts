import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import {
  type MemoryStore,
  makeBucket,
  NO_SWIFT,
  startMemoryStore,
  startSwift,
} from '@crates-mirror/object-store';
import { LAST_LINE, NO_CARGO, Project } from '../support/cargo-project.ts';
import { startServer, writeSample } from '../support/mirror-server-tools.ts';
import { type Cleanup, runTool, scratch, startTool } from '../support/tools.ts';

const UNPACK = [
  ...['unpack', '--from', 'parcels', '--unsigned', '--index-dir', 'far-index', '--mirror', 's3://mirror/far'],
  ...['--cache-dir', 'cache', '--public-url', 'https://mirror.example/far'],
];
/** Set CRATES_MIRROR_TEST_KILLS=100 for a longer manual test. */
const KILLS = Number(process.env['CRATES_MIRROR_TEST_KILLS'] ?? 6);

/** Packs a parcel of the sample into `parcels`. @returns its index files, by path */
async function packSample(t: Cleanup, cwd: string): Promise<Map<string, string>> {
  const { index } = await writeSample(cwd);
  const args = ['pack', '--mirror', 'out', '--index-dir', 'index', '--to', 'parcels', '--volume-size', '1MB'];
  const { code, stderr } = await runTool(t, 'mirror-carrier', args, cwd);
  assert.equal(code, 0, stderr);
  return new Map([...index].filter(([path]) => path !== 'config.json'));
}

/** Index files in the store. Each crate file that one names is in a bundle, which is whole. */
function publishedIn({ bucket }: MemoryStore): Map<string, string> {
  const textOf = (key: string): string => bucket.objects.get(`far/${key}`)?.body.toString() ?? '';
  const linesOf = (text: string): Record<string, string>[] =>
    text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Record<string, string>]));
  const members = new Set<string | undefined>();
  for (const { path, sha256, manifest } of linesOf(textOf('bundles/bundles.index.jsonl'))) {
    assert.equal(sha256Hex(bucket.objects.get(`far/bundles/${path}`)?.body ?? ''), sha256);
    for (const member of linesOf(textOf(`bundles/${manifest}`))) members.add(member['sha256']);
  }
  const files = new Map<string, string>();
  for (const [key, { body }] of bucket.list('far/index/')) {
    const path = key.slice('far/index/'.length);
    if (path === 'config.json') continue;
    files.set(path, body.toString());
    for (const { cksum, name } of linesOf(body.toString())) assert.ok(members.has(cksum), `${name} ${cksum}`);
  }
  return files;
}

test('kill -9 at many requests: what is published is always held, and the last run completes the parcel', async (t) => {
  const cwd = scratch(t);
  const index = await packSample(t, cwd);
  const store = await startMemoryStore(t);
  const run = async (killedAt: number): Promise<number | null> => {
    const unpacking = startTool(t, 'mirror-carrier', UNPACK, cwd, store.environment);
    let requests = 0;
    store.onRequest = () => {
      requests += 1;
      if (requests === killedAt) unpacking.child.kill('SIGKILL');
    };
    return (await unpacking.ended).code;
  };
  let killed = 0;
  for (let i = 0; killed < KILLS && i < 3 * KILLS; i++) {
    if ((await run(2 + ((i * 13) % 47))) === null) killed += 1;
    publishedIn(store);
    // Sometimes, the machine is lost with its cache.
    if (i % 3 === 2) rmSync(join(cwd, 'cache'), { recursive: true, force: true });
  }
  assert.ok(killed > 0);
  assert.equal(await run(Number.POSITIVE_INFINITY), 0);
  const lines = (files: Map<string, string>): string[] => [...files.values()].join('').split('\n').sort();
  // The sample has a version whose crate file is missing upstream.
  const held = lines(publishedIn(store));
  assert.deepEqual(
    lines(index).filter((line) => !held.includes(line)),
    [],
  );
});

test('a parcel is unpacked into OpenStack Swift, and cargo builds from there', {
  skip: NO_SWIFT || NO_CARGO,
}, async (t) => {
  const cwd = scratch(t);
  await packSample(t, cwd);
  const swift = await startSwift(t);
  await makeBucket(swift, 'mirror');
  for (const [expected, log] of [
    [/^Unpacked 1 parcel in /, /INFO new mirror at s3:\/\/mirror\/far\n/],
    [/^The mirror has parcel 1 already/, /^$/],
  ] as const) {
    const { code, stdout, stderr } = await startTool(t, 'mirror-carrier', UNPACK, cwd, swift.environment)
      .ended;
    assert.equal(code, 0, stderr);
    assert.match(stdout, expected);
    assert.match(stderr, log);
  }
  const { origin } = await startServer(
    t,
    ['--mirror', 's3://mirror/far', '--cache-dir', 'server-cache'],
    cwd,
    {
      ...swift.environment,
      HOME: cwd,
    },
  );
  const built = await new Project(cwd, origin).cargo('run', '--quiet');
  assert.equal(built.stdout.trimEnd().split('\n').at(-1), LAST_LINE);
});
