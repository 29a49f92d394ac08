import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { compareSidecars, isSidecarPath, sidecarPaths } from './sidecars/sidecar-files.ts';
import { Gap } from './test-crates.ts';

const SIDECAR = 'cr/at/crate-2-1.0.0.crate.json';

/** A mirror of 24 crates with sidecars, of which the first parcel is unpacked with them. */
async function makeGap(t: TestContext): Promise<Gap> {
  const gap = new Gap(t);
  for (let i = 0; i < 24; i++) {
    gap.publish(`crate-${i}`, '1.0.0', `crate ${i}`);
    gap.write(`near-sidecars/cr/at/crate-${i}-1.0.0.crate.json`, `{"name":"crate-${i}"}\n`);
  }
  gap.write('near-sidecars/notes.txt', 'no sidecar\n');
  const { report } = await gap.pack({ sidecars: gap.at('near-sidecars') });
  assert.equal(report['sidecars'], 24);
  await gap.unpack({ sidecars: gap.at('far-sidecars') });
  return gap;
}

/** What changes on the near side before the second parcel. */
function change(gap: Gap): void {
  gap.write(`near-sidecars/${SIDECAR}`, '{"name":"crate-2","yanked":true}\n');
  gap.write('near-sidecars/cr/at/crate-2-1.1.0.crate.json', '{"name":"crate-2"}\n');
  rmSync(gap.at('near-sidecars/cr/at/crate-3-1.0.0.crate.json'));
}

function assertSame(gap: Gap): void {
  rmSync(gap.at('near-sidecars/notes.txt'), { force: true });
  assert.deepEqual(gap.tree('far-sidecars'), gap.tree('near-sidecars'));
}

test('sidecars travel along: all of them at first, then what has changed', async (t) => {
  const gap = await makeGap(t);
  assertSame(gap);
  change(gap);
  const { report } = await gap.pack({ since: gap.at('receipt.json'), sidecars: gap.at('near-sidecars') });
  assert.deepEqual([report['sidecars'], report['sidecars_removed']], [2, 1]);
  const volume = gap.at('parcels/parcel-0002/volume-001');
  assert.match(readFileSync(join(volume, 'SHA256SUMS'), 'utf8'), / {2}sidecars-0001\.tar\.zst\n/);
  const checked = spawnSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: volume });
  assert.ok(checked.error !== undefined || checked.status === 0);
  const unpacked = (await gap.unpack({ sidecars: gap.at('far-sidecars') })).report;
  assert.deepEqual([unpacked['sidecars'], unpacked['sidecars_removed']], [2, 1]);
  assertSame(gap);
  const same = await gap.pack({ since: gap.at('receipt.json'), sidecars: gap.at('near-sidecars') });
  assert.equal(same.report['parcel'], null);
});

test('a receiver that has left sidecars out, or lost them, gets all of them with its next receipt', async (t) => {
  const gap = await makeGap(t);
  change(gap);
  const packed = { since: gap.at('receipt.json'), sidecars: gap.at('near-sidecars') };
  await gap.pack(packed);
  await assert.rejects(
    gap.unpack({ sidecars: gap.at('elsewhere') }),
    /--sidecars: parcel-0002 has only the sidecars that have changed, and .*elsewhere lacks the others/,
  );
  await gap.unpack();
  gap.publish('crate-30', '1.0.0', 'one more');
  await gap.pack({ ...packed, since: 'last' });
  await assert.rejects(gap.unpack({ sidecars: gap.at('far-sidecars') }), /parcel-0003 has only the sidecars/);
  rmSync(gap.at('parcels/parcel-0003'), { recursive: true });
  assert.equal((await gap.pack(packed)).report['sidecars'], 24);
  await gap.unpack({ sidecars: gap.at('elsewhere') });
  rmSync(gap.at('far-sidecars'), { recursive: true });
  rmSync(gap.at('near-sidecars/notes.txt'));
  assert.deepEqual(gap.tree('elsewhere'), gap.tree('near-sidecars'));
});

test('an emptied or missing directory removes no sidecars', async (t) => {
  const gap = await makeGap(t);
  rmSync(gap.at('near-sidecars/cr'), { recursive: true });
  const packed = { since: gap.at('receipt.json'), sidecars: gap.at('near-sidecars') };
  await assert.rejects(gap.pack(packed), /24 of the 24 sidecars in .* would be removed or emptied/);
  await assert.rejects(
    gap.pack({ ...packed, since: 'none', to: gap.at('anew') }),
    /near-sidecars has no sidecars/,
  );
  rmSync(gap.at('near-sidecars'), { recursive: true });
  await assert.rejects(gap.pack(packed), /--sidecars: cannot read .*: there is no such file/);
});

test('paths of sidecars lead nowhere else, and are sorted as they are compared', (t) => {
  for (const path of ['../a.json', '/a.json', '.crates-mirror/a.json', 'config.json', 'a.crate', 'a//b.json'])
    assert.equal(isSidecarPath(path), false, path);
  const root = mkdtempSync(join(tmpdir(), 'sidecars-'));
  t.after(() => rmSync(root, { recursive: true }));
  const parts = fc.array(fc.stringMatching(/^[a-c.-]{1,3}$/), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 12 }), (all) => {
      rmSync(root, { recursive: true });
      mkdirSync(root);
      const paths = all.map((path) => `${path.join('/')}.json`).filter(isSidecarPath);
      for (const path of paths) {
        mkdirSync(join(root, dirname(path)), { recursive: true });
        writeFileSync(join(root, path), '');
      }
      assert.deepEqual([...sidecarPaths(root)], [...new Set(paths)].sort(compareSidecars));
    }),
    { numRuns: 60 },
  );
});
