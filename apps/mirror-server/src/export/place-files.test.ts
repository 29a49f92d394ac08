import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CrateFiles, LoosePlace } from '@crates-mirror/crate-files';
import { sha256Hex } from '@crates-mirror/hashing';
import { FilePlacer } from './place-files.ts';
import { openSite } from './site.ts';

test('a crate file that the mirror has replaced since it was looked at gets no link, and a link to it is not right', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'place-files-'));
  t.after(() => rmSync(root, { recursive: true }));
  const { site, lock } = openSite(join(root, 'site'), [], false);
  t.after(() => lock.release());
  const path = join(root, 'loose');
  const replace = (bytes: string): LoosePlace => {
    writeFileSync(`${path}.new`, bytes);
    renameSync(`${path}.new`, path);
    const { size, mtimeMs } = statSync(path);
    return { kind: 'loose', path, size, mtimeMs };
  };
  const placer = new FilePlacer(site, {} as CrateFiles, true);
  const wanted = { name: 'serde', version: '1.0.0', sha256: sha256Hex('first') };
  const first = replace('first');
  const second = replace('second');
  await assert.rejects(placer.put(wanted, first), { code: 'changed' });
  assert.equal(existsSync(join(site.crates, 'se/rd/serde-1.0.0.crate')), false);
  assert.deepEqual(readdirSync(site.temporaryDirectory), []);

  assert.equal(await placer.put(wanted, second), 0);
  assert.equal(placer.standing(wanted, second), 'right');
  assert.equal(placer.standing(wanted, first), 'wrong');
});
