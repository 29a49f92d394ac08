import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { LookupResult } from '@crates-mirror/crate-files';
import { type Entry, parseIndexFile } from '@crates-mirror/crates-index';
import { parseLayout } from '@crates-mirror/layout';
import { encodeRecord, type RecordStatus } from '@crates-mirror/manifest';
import { MissingReasons } from './missing-reasons.ts';

const LAYOUT = parseLayout('cargo');
const ABSENT: LookupResult = { kind: 'absent' };

function entry(version: string, yanked = false): Entry {
  const line = { name: 'serde', vers: version, deps: [], cksum: 'a'.repeat(64), features: {}, yanked };
  return parseIndexFile(Buffer.from(JSON.stringify(line)), 'se/rd/serde').entries[0] as Entry;
}

function record(version: string, status: RecordStatus): string {
  return encodeRecord({
    url: '',
    name: 'serde',
    version,
    path: `se/rd/serde-${version}.crate`,
    storage: 'filesystem',
    bundle_path: null,
    bundle_file: null,
    bundle_member: null,
    size: status === 'downloaded' ? 1 : null,
    sha256: null,
    started_at: '2026-01-01T00:00:00Z',
    finished_at: '2026-01-01T00:00:00Z',
    status,
    retries: 0,
    error: null,
  });
}

function manifestOf(t: TestContext, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'missing-reasons-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'manifest.jsonl');
  writeFileSync(path, text);
  return path;
}

test('without a manifest, what the index says and what was held before are all that is known', () => {
  const reasons = new MissingReasons(LAYOUT, undefined);
  assert.equal(reasons.why(entry('1.0.0'), ABSENT), 'unknown');
  assert.equal(reasons.why(entry('1.0.0', true), ABSENT), 'yanked');
  assert.equal(reasons.why(entry('1.0.0'), { kind: 'outdated' }), 'outdated');
});

test('the last record of a manifest says how the last attempt ended', (t) => {
  const text = [
    record('1.0.0', 'missing_upstream'),
    record('1.1.0', 'error'),
    record('1.2.0', 'missing_upstream'),
    '{"torn":',
    '\n',
    record('1.2.0', 'downloaded'),
    record('1.3.0', 'error'),
    record('1.3.0', 'missing_upstream'),
  ].join('');
  const reasons = new MissingReasons(LAYOUT, manifestOf(t, text));
  const whyNot = (version: string, yanked = false): string => reasons.why(entry(version, yanked), ABSENT);
  assert.equal(whyNot('1.0.0'), 'upstream');
  assert.equal(whyNot('1.0.0', true), 'upstream');
  assert.equal(whyNot('1.1.0'), 'failed');
  assert.equal(whyNot('1.2.0'), 'not_mirrored');
  assert.equal(whyNot('1.3.0'), 'upstream');
  assert.equal(whyNot('1.4.0'), 'not_mirrored');
  assert.equal(whyNot('1.4.0', true), 'yanked');
});

test('a file that is none, or not there, is refused', (t) => {
  const path = manifestOf(t, 'no record\n');
  assert.throws(() => new MissingReasons(LAYOUT, path), /--manifest: .* has no record of the downloader's/);
  assert.throws(() => new MissingReasons(LAYOUT, `${path}-not`), /--manifest: .*there is no such file/);
  const empty = new MissingReasons(LAYOUT, manifestOf(t, ''));
  assert.equal(empty.why(entry('1.0.0'), ABSENT), 'not_mirrored');
});
