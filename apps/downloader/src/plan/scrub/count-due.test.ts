import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { DirectorySource, indexPath } from '@crates-mirror/crates-index';
import { scrubPartOf } from '@crates-mirror/layout';
import { countWithDue } from './count-due.ts';

test('of a scrub, chosen crates are counted, and those that are due, each once', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'count-due-'));
  t.after(() => rmSync(root, { recursive: true }));
  const names = Array.from({ length: 200 }, (_, i) => `crate-${i}`);
  for (const name of names) {
    const path = join(root, indexPath(name));
    mkdirSync(dirname(path), { recursive: true });
    const entry = { name, vers: '1.0.0', deps: [], cksum: 'a'.repeat(64), features: {}, yanked: false };
    writeFileSync(path, `${JSON.stringify(entry)}\n`);
  }
  const files = names.slice(0, 20).map(indexPath);
  const dueParts = new Set([0, 1, 2, scrubPartOf(files[0] as string)]);
  const isCounted = (name: string): boolean =>
    files.includes(indexPath(name)) || dueParts.has(scrubPartOf(indexPath(name)));
  const counted = countWithDue(new DirectorySource(root), {
    includeYanked: false,
    limit: 0,
    files,
    dueParts,
  });
  assert.equal(counted, names.filter(isCounted).length);
  assert.ok(counted >= 20 && counted < 200);
});
