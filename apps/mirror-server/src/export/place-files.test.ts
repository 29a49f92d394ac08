import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { CrateFiles, LoosePlace, WantedFile } from '@crates-mirror/crate-files';
import { ExactNames } from '@crates-mirror/fs-atomic';
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

test('a version that differs from another in case alone does not replace it where the two are one file', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'place-files-'));
  t.after(() => rmSync(root, { recursive: true }));
  const { site, lock } = openSite(join(root, 'site'), [], false);
  t.after(() => lock.release());
  const files = {
    async *pieces({ version }: WantedFile) {
      yield Buffer.from(version);
    },
  } as unknown as CrateFiles;
  const folding = { exists: () => true, list: () => ['serde-1.0.0-rc1.crate'] };
  const names = new ExactNames(join(root, '.crates-mirror'), folding);
  const placer = new FilePlacer(site, files, false, names);
  const place: LoosePlace = { kind: 'loose', path: join(root, 'loose'), size: 9, mtimeMs: 0 };
  const wanted = (version: string) => ({ name: 'serde', version, sha256: sha256Hex(version) });
  await placer.put(wanted('1.0.0-rc1'), place);
  await assert.rejects(placer.put(wanted('1.0.0-RC1'), place), { code: 'case_collision' });
  assert.deepEqual(readdirSync(join(site.crates, 'se/rd')), ['serde-1.0.0-rc1.crate']);
});
