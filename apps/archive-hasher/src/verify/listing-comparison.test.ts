import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import { createLogger } from '@crates-mirror/logging';
import { type MemoryStore, startMemoryStore } from '@crates-mirror/object-store';
import { Bucket } from '@crates-mirror/s3';
import { Exclusions } from '../exclude/exclusions.ts';
import type { ExpectedFile } from '../inventory/parse-entry.ts';
import type { Compared } from './comparison.ts';
import { Findings } from './findings.ts';
import { compareListing } from './listing-comparison.ts';
import { SkippedPaths } from './skipped-paths.ts';

async function open(t: TestContext): Promise<{ readonly store: MemoryStore; readonly bucket: Bucket }> {
  const store = await startMemoryStore(t);
  const options = { endpoint: store.endpoint, region: undefined, addressing: undefined, caFile: undefined };
  const { environment } = store;
  const address = { bucket: 'mirror', prefix: '' };
  const bucket = new Bucket({ address, options, environment, connections: 4 });
  t.after(() => bucket.close());
  return { store, bucket };
}

/** @param more of the entry, in place of what is right for the body */
function file(path: string, body: string, more: Partial<ExpectedFile> = {}): ExpectedFile {
  const sha256 = sha256Hex(body);
  return { kind: 'file', path, size: body.length, sha256, blake3: undefined, isDoubtful: false, ...more };
}

/** @returns what differs, line by line, and what was compared */
async function compare(
  bucket: Bucket,
  entries: readonly ExpectedFile[],
): Promise<{ readonly lines: readonly string[]; readonly compared: Compared }> {
  const lines: string[] = [];
  const compared: Compared = { files: 0, bytes: 0, skipped: 0, doubtful: 0 };
  await compareListing(bucket, entries.values(), {
    head: {
      directoryName: 'd',
      entries: undefined,
      digests: new Map(),
      exclusions: new Exclusions([]),
      metadata: undefined,
    },
    skipped: new SkippedPaths([].values()),
    findings: new Findings(false, (text) => lines.push(text.trimEnd())),
    logger: createLogger({ tool: 'archive-hasher', format: 'text', level: 'error' }),
    compared,
    hashing: { workers: 1, algorithms: [], signal: new AbortController().signal },
    onAdvance: () => {},
  });
  return { lines, compared };
}

test('sizes and checksums are compared; without a checksum, an object counts as not compared', async (t) => {
  const { store, bucket } = await open(t);
  const put = (key: string, body: string, noted = sha256Hex(body)): void =>
    void store.bucket.put(key, Buffer.from(body), noted === '' ? {} : { 'x-amz-meta-sha256': noted });
  for (const key of ['a/1', 'a-', 'b', 'unknown', 'same size'])
    put(key, key, key === 'unknown' ? '' : undefined);
  put('added', 'added');
  const entries = [
    file('a/1', 'a/1'),
    file('a-', 'longer'),
    file('b', 'b', { sha256: undefined }),
    file('same size', 'SAME SIZE'),
    file('unknown', 'unknown'),
    file('zero', ''),
  ];
  const { lines, compared } = await compare(bucket, entries);
  assert.deepEqual(lines, [
    'changed     a-: has 2 bytes, had 6',
    'extra       added',
    'unreadable  b: the inventory has no checksum of it',
    'changed     same size: has other content',
    'unreadable  unknown: neither the store nor its uploader has recorded its SHA-256: --read compares it',
    'missing     zero',
  ]);
  assert.equal(compared.files, 5);
  assert.ok(!store.seen.some((line) => /^GET ./.test(line)), 'no content is read');
});

test('an object that a listing lacks is requested before it counts as missing', async (t) => {
  const { store } = await open(t);
  for (const key of ['late', 'shown'])
    store.bucket.put(key, Buffer.from(key), { 'x-amz-meta-sha256': sha256Hex(key) });
  const address = { bucket: 'mirror', prefix: '' };
  const options = { endpoint: store.endpoint, region: undefined, addressing: undefined, caFile: undefined };
  const lagging = new LaggingBucket({ address, options, environment: store.environment, connections: 1 });
  t.after(() => lagging.close());
  const { lines, compared } = await compare(lagging, [
    file('late', 'late'),
    file('never', 'never'),
    file('shown', 'shown'),
  ]);
  assert.deepEqual([lines, compared.files], [['missing     never'], 2]);
});

test('objects that are gone are requested side by side', async (t) => {
  const { store } = await open(t);
  const address = { bucket: 'mirror', prefix: '' };
  const options = { endpoint: store.endpoint, region: undefined, addressing: undefined, caFile: undefined };
  const waiting = new WaitingBucket({ address, options, environment: store.environment, connections: 1 });
  t.after(() => waiting.close());
  const entries = Array.from({ length: 3 * AT_ONCE }, (_, i) => file(`gone-${100 + i}`, ''));
  const { lines } = await compare(waiting, entries);
  assert.deepEqual(
    lines,
    entries.map(({ path }) => `missing     ${path}`),
  );
});

const AT_ONCE = 8;

/** Answers requests for objects only in groups: one after the other would wait forever. */
class WaitingBucket extends Bucket {
  readonly #waiting: (() => void)[] = [];

  override head(): Promise<undefined> {
    return new Promise((resolve) => {
      this.#waiting.push(() => resolve(undefined));
      if (this.#waiting.length === AT_ONCE) for (const answer of this.#waiting.splice(0)) answer();
    });
  }
}

/** A listing that lacks an object that was written a moment ago. */
class LaggingBucket extends Bucket {
  override async *pages(begin: string, delimiter?: string): ReturnType<Bucket['pages']> {
    for await (const page of super.pages(begin, delimiter))
      yield { ...page, objects: page.objects.filter(({ key }) => key !== 'late') };
  }
}
