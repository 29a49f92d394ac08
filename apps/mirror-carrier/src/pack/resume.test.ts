import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import type { WantedFile } from '@crates-mirror/crate-files';
import { Gap } from '../test-crates.ts';
import { SmallFiles } from './small-files.ts';

const VOLUME_SIZE = 1_000_000;

/** Twenty crates, some of which a failed run has packed. */
async function makeGap(t: TestContext): Promise<Gap> {
  const gap = new Gap(t);
  for (let i = 10; i < 30; i++) gap.publish(`crate-${i}`, '1.0.0', Buffer.alloc(90_000, `${i} `));
  const original = SmallFiles.prototype.read;
  const read = t.mock.method(SmallFiles.prototype, 'read', function (this: SmallFiles, wanted: WantedFile) {
    if (wanted.name === 'crate-27') throw new Error('the disk is full');
    return original.call(this, wanted);
  });
  await assert.rejects(gap.pack({ volumeSize: VOLUME_SIZE }), /the disk is full/);
  read.mock.restore();
  assert.match(readdirSync(gap.at('parcels')).join(), /^parcel-0001\.\d+-\w+\.partial$/);
  return gap;
}

async function assertArrives(gap: Gap): Promise<void> {
  assert.deepEqual(readdirSync(gap.at('parcels')), ['parcel-0001']);
  assert.equal(existsSync(gap.at('parcels/parcel-0001/plan.json')), false);
  await gap.unpack();
  assert.deepEqual(gap.tree('far-index'), gap.tree('index'));
  for (const [path, bytes] of gap.tree('near')) assert.equal(gap.tree('far').get(path), bytes, path);
  assert.deepEqual([...gap.tree('far').keys()], [...gap.tree('near').keys()]);
}

test('what an interrupted run has packed is not read again', async (t) => {
  const gap = await makeGap(t);
  gap.publish('crate-00', '1.0.0', 'published meanwhile, before all others');
  const read = t.mock.method(SmallFiles.prototype, 'read');
  const { report } = await gap.pack({ volumeSize: VOLUME_SIZE });
  assert.equal(report['crate_files'], 21);
  assert.ok(read.mock.callCount() < 12, `${read.mock.callCount()} crate files were read`);
  await assertArrives(gap);
  await gap.pack({ again: 1, to: gap.at('again') });
  assert.deepEqual(gap.tree('again/parcel-0001/volume-001'), gap.tree('parcels/parcel-0001/volume-001'));
});

test('what an interrupted run has packed is not in a parcel whose index does not name it any more', async (t) => {
  const gap = await makeGap(t);
  gap.delete('crate-12');
  const { report } = await gap.pack({ volumeSize: VOLUME_SIZE });
  assert.equal(report['crate_files'], 19);
  await assertArrives(gap);
});

test('a parcel with another plan begins anew', async (t) => {
  const gap = await makeGap(t);
  const read = t.mock.method(SmallFiles.prototype, 'read');
  await gap.pack();
  assert.equal(read.mock.callCount(), 20);
  await assertArrives(gap);
});

test('a parcel that was published and not yet recorded as the last one is gone on from', async (t) => {
  const gap = new Gap(t);
  const last = gap.at('near/.crates-mirror/carrier/last-packed.json');
  gap.publish('crate', '1.0.0', 'one');
  await gap.pack();
  const first = readFileSync(last, 'utf8');
  gap.publish('crate', '1.1.0', 'two');
  await gap.pack({ since: 'last' });
  // As after a kill between the two steps.
  writeFileSync(last, first);
  gap.publish('crate', '1.2.0', 'three');
  assert.equal((await gap.pack({ since: 'last' })).report['sequence'], 3);
  assert.equal((await gap.unpack()).report['parcels'], 3);
  assert.deepEqual(gap.tree('far'), gap.tree('near'));
});
