import assert from 'node:assert/strict';
import { cpSync, mkdirSync, truncateSync } from 'node:fs';
import { test } from 'node:test';
import { Gap, QUIET } from '../test-crates.ts';
import { runStatus } from './run.ts';

test('a parcel that cannot be read is named, and is a failure', async (t) => {
  const gap = new Gap(t);
  gap.publish('crate', '1.0.0', 'first');
  await gap.pack();
  await gap.unpack();
  cpSync(gap.at('parcels/parcel-0001'), gap.at('parcels/parcel-0002'), { recursive: true });
  truncateSync(gap.at('parcels/parcel-0002/parcel.json'), 20);
  mkdirSync(gap.at('parcels/parcel-0003'));
  const status = async (logFormat: 'text' | 'json'): Promise<{ code: number; text: string }> => {
    let text = '';
    const options = { ...QUIET, logFormat, mirror: gap.at('far'), from: gap.at('parcels') };
    const code = await runStatus({ ...options, receiptOut: undefined }, (printed) => {
      text += printed;
    });
    return { code, text };
  };
  const { code, text } = await status('text');
  assert.equal(code, 1);
  assert.match(text, /^ {2}parcel-0001 {3}unpacked$/m);
  assert.match(text, /^parcel-0002 has a parcel\.json that /m);
  assert.match(text, /^parcel-0003 has a parcel\.json that cannot be read: /m);
  const { unreadable } = JSON.parse((await status('json')).text) as { unreadable: { name: string }[] };
  assert.deepEqual(
    unreadable.map(({ name }) => name),
    ['parcel-0002', 'parcel-0003'],
  );
});
