import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readPartial } from './read-bundle.ts';

test('members end before a line that is longer than any of theirs, wherever reads end', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'read-bundle-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const manifest = join(directory, 'bundle-0001.manifest.jsonl');
  const frames = join(directory, 'bundle-0001.tar.zst');
  writeFileSync(frames, '');
  const fields = { url: 'https://x.example/a', name: 'a', version: '1.0.0', path: '1/a-1.0.0.crate' };
  const line = `${JSON.stringify({ schema_version: 1, ...fields, size: 0, sha256: 'a'.repeat(64), offset: 0 })}\n`;
  const membersOf = (text: string, size = Buffer.byteLength(text)): number => {
    writeFileSync(manifest, text);
    truncateSync(manifest, size);
    const { members, manifestSize } = readPartial(frames, manifest, {
      size: 0,
      contentSize: 0,
      manifestSize: 0,
    });
    assert.equal(manifestSize, members * line.length);
    return members;
  };
  assert.equal(membersOf(line + line + line.slice(0, 50)), 2);
  for (const length of [70_000, 3 << 20]) {
    const text = `${line}${line.replace('{', `{${' '.repeat(length)}`)}${line}`;
    assert.equal(membersOf(text), 1, `${length}`);
  }
  assert.equal(membersOf(line + line, 50 << 20), 2);
});
