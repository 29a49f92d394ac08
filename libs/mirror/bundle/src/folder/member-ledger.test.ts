import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Member, MemberLedger } from '../index.ts';

test('members are written as they come, and do not wait in memory for the last of millions', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'members-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const member = (i: number): Member => ({
    url: '',
    name: 'serde',
    version: `1.0.${i}`,
    path: `se/rd/serde-1.0.${i}.crate`,
    size: i,
    sha256: 'a'.repeat(64),
  });
  function* members(): Generator<Member> {
    for (let i = 0; i < 30_000; i++) yield member(i);
    assert.ok(statSync(join(directory, 'se')).size > 30_000 * 64);
    yield member(30_000);
  }
  new MemberLedger(directory, []).rememberAll('bundle-0001', members());
  const ledger = new MemberLedger(directory, ['bundle-0001']);
  for (const i of [0, 29_999, 30_000])
    assert.deepEqual(ledger.find('se', member(i).path), {
      bundle: 'bundle-0001',
      size: i,
      sha256: 'a'.repeat(64),
    });
});
