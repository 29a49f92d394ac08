import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { forgetPacked, REMEMBERED } from './forget-packed.ts';

test('parcels of long ago are forgotten, and the last one never', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'packed-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const nameOf = (i: number): string => `parcel-${String(i).padStart(4, '0')}-0123456789abcdef`;
  for (let i = 1; i <= REMEMBERED + 3; i++) {
    mkdirSync(join(directory, nameOf(i), 'volumes'), { recursive: true });
    const manifest = join(directory, nameOf(i), 'parcel.json');
    writeFileSync(manifest, '');
    utimesSync(manifest, i, i);
  }
  for (const name of ['parcel-0007-0123456789abcdef.4194304-1.partial', 'notes'])
    mkdirSync(join(directory, name));
  // The last parcel has a low number, because it belongs to a new chain.
  const last = nameOf(2);
  const forgotten = [nameOf(1), nameOf(3), nameOf(4)];
  assert.deepEqual(forgetPacked(directory, last, 'volumes').sort(), forgotten);
  const left = readdirSync(directory);
  assert.equal(left.length, REMEMBERED + 1);
  assert.ok(left.includes(last) && left.includes('notes') && !left.some((name) => name.endsWith('.partial')));
  const withVolumes = left.filter((name) => readdirSync(join(directory, name)).includes('volumes'));
  assert.deepEqual(withVolumes, [last]);
});
