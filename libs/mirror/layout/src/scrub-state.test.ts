import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { mirrorHome, parseLayout, prepareHome } from './index.ts';
import {
  oldestVerification,
  readScrubTimes,
  SCRUB_PARTS,
  scrubPartOf,
  writeScrubTimes,
} from './scrub-state.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'scrub-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const NEVER = Array.from({ length: SCRUB_PARTS }, () => 0);

function makeMirror(begunAt: number): void {
  const home = mirrorHome(root);
  prepareHome(home, parseLayout('cargo'), [home.temporaryDirectory]);
  utimesSync(join(root, '.crates-mirror/mirror.json'), begunAt, begunAt);
}

test('names are spread evenly over the parts, and each stays in its own', () => {
  const counts = new Map<number, number>();
  for (let i = 0; i < 100_000; i++) {
    const part = scrubPartOf(`ab/cd/crate-${i}`);
    counts.set(part, (counts.get(part) ?? 0) + 1);
  }
  assert.equal(counts.size, SCRUB_PARTS);
  assert.ok(Math.max(...counts.values()) < 200, `${Math.max(...counts.values())} of about 98`);
  assert.equal(scrubPartOf('se/rd/serde'), 0xd80154c4 % SCRUB_PARTS);
});

test('times are read as they were written, and an invalid state counts as none', () => {
  makeMirror(1000);
  assert.deepEqual(readScrubTimes(root), NEVER);
  const times = NEVER.map((_, i) => 5000 + i);
  writeScrubTimes(root, times);
  assert.deepEqual(readScrubTimes(root), times);
  for (const text of [
    '',
    '{',
    'null',
    '{"format_version":2,"verified_at":[]}',
    '{"format_version":1}',
    '[1]',
  ]) {
    writeFileSync(mirrorHome(root).scrubFile, text);
    assert.deepEqual(readScrubTimes(root), NEVER, text);
  }
});

test('the oldest verification is that of the part which waits longest, or the beginning of the mirror', () => {
  assert.equal(oldestVerification(root), undefined);
  makeMirror(1000);
  assert.equal(oldestVerification(root), 1000);
  writeScrubTimes(
    root,
    NEVER.map((_, i) => (i === 7 ? 0 : 9000)),
  );
  assert.equal(oldestVerification(root), 1000);
  writeScrubTimes(
    root,
    NEVER.map((_, i) => (i === 7 ? 3000 : 9000)),
  );
  assert.equal(oldestVerification(root), 3000);
});
