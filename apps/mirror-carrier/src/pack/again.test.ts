import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { Gap } from '../test-crates.ts';
import { SmallFiles } from './small-files.ts';

/** Twenty crates in volumes of 1 MB, and one crate that is not mirrored. */
async function makeGap(t: TestContext): Promise<Gap> {
  const gap = new Gap(t);
  for (let i = 0; i < 20; i++) gap.publish(`crate-${i}`, '1.0.0', Buffer.alloc(90_000, `${i} `));
  gap.publish('huge', '1.0.0', Buffer.alloc(1_200_000, 'huge'));
  gap.publish('late', '1.0.0', 'not mirrored yet', false);
  await gap.pack({ volumeSize: 2_000_000 });
  return gap;
}

test('a volume is packed again with the same bytes, whatever has come since, and no other is made', async (t) => {
  const gap = await makeGap(t);
  gap.mirror('late', '1.0.0', 'not mirrored yet');
  gap.publish('crate-1', '1.1.0', 'new');
  gap.delete('crate-19');
  const volumes = readdirSync(gap.at('parcels/parcel-0001')).filter((name) => name.startsWith('volume-'));
  assert.ok(volumes.length > 1);
  const read = t.mock.method(SmallFiles.prototype, 'read');
  const to = gap.at('again');
  await assert.rejects(gap.pack({ again: 1, to }), /the mirror does not hold crate-19 1\.0\.0 any more$/);
  gap.mirror('crate-19', '1.0.0', Buffer.alloc(90_000, '19 '));
  for (const [i, volume] of volumes.entries()) {
    read.mock.resetCalls();
    await gap.pack({ again: i + 1, to });
    assert.deepEqual(
      gap.tree(`again/parcel-0001/${volume}`),
      gap.tree(`parcels/parcel-0001/${volume}`),
      volume,
    );
    assert.ok(read.mock.callCount() < 21, `${read.mock.callCount()} crate files were read`);
  }
  assert.deepEqual(gap.tree('again'), gap.tree('parcels'));
  await gap.unpack({ from: to });
});

test('what cannot be packed again is refused in one line', async (t) => {
  const gap = await makeGap(t);
  const again = (volume: number, to = gap.at('again')) => gap.pack({ again: volume, to });
  await assert.rejects(again(2, gap.at('parcels')), /volume-002 is there already$/);
  await assert.rejects(again(9), /^UsageError: --again: parcel 1 has \d volumes, and no volume 9$/);
  gap.mirror('crate-0', '1.0.0', 'damaged');
  await assert.rejects(
    again(1),
    /^FatalError: volume 1 of parcel 1 cannot be made again: the mirror does not/,
  );
  gap.mirror('crate-0', '1.0.0', Buffer.alloc(90_000, '0 '));
  const [record = ''] = readdirSync(gap.at('near/.crates-mirror/carrier/packed'));
  rmSync(gap.at('near/.crates-mirror/carrier/packed', record, 'volumes'), { recursive: true });
  await assert.rejects(again(1), /cannot be made again: bundle-0001-.*\.manifest\.jsonl was not kept$/);
  assert.deepEqual(readdirSync(gap.at('again')), []);
  const other = new Gap(t);
  other.publish('crate', '1.0.0', 'a mirror');
  await assert.rejects(other.pack({ again: 1 }), /^UsageError: --again: no parcel of .* was packed yet$/);
});
