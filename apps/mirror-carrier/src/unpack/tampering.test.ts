import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Gap } from '../test-crates.ts';
import { LooseReceiver } from './loose-files.ts';

async function makeGap(t: TestContext): Promise<Gap> {
  const gap = new Gap(t);
  gap.publish('crate', '1.0.0', 'one');
  gap.publish('goes', '1.0.0', 'goes');
  await gap.pack();
  await gap.unpack();
  gap.publish('crate', '1.1.0', 'two');
  gap.delete('goes');
  await gap.pack({ since: 'last' });
  return gap;
}

function volumeOf(gap: Gap): string {
  return gap.at('parcels/parcel-0002/volume-001');
}

function nameIn(gap: Gap, end: string): string {
  return join(volumeOf(gap), readdirSync(volumeOf(gap)).find((name) => name.endsWith(end)) ?? '');
}

test('what changes between the check and its use is not used', async (t) => {
  for (const end of ['.manifest.jsonl', 'index-removed.txt']) {
    const gap = await makeGap(t);
    const before = gap.tree('far-index');
    const path = nameIn(gap, end);
    const good = readFileSync(path);
    // When the first file is opened for writing, all checks have been done.
    const open = t.mock.method(
      LooseReceiver.prototype,
      'open',
      async function (this: LooseReceiver, ...parameters: Parameters<LooseReceiver['open']>) {
        open.mock.restore();
        await this.open(...parameters);
        appendFileSync(path, end.endsWith('.txt') ? 'cr/at/crate\n' : '\n');
      },
    );
    await assert.rejects(gap.unpack(), /^FatalError: .* has changed since it was checked$/, end);
    assert.ok(gap.tree('far-index').has('cr/at/crate'));
    if (end !== 'index-removed.txt') assert.deepEqual(gap.tree('far-index'), before, end);
    writeFileSync(path, good);
    assert.equal((await gap.unpack()).code, 0);
    assert.deepEqual(gap.tree('far-index'), gap.tree('index'));
  }
});

test('a manifest opens no files but those of its own volumes', async (t) => {
  const gap = await makeGap(t);
  const path = gap.at('parcels/parcel-0002/parcel.json');
  const good = readFileSync(path, 'utf8');
  const names = [
    '../index-0001.tar.zst',
    'index-0001.tar.zst/..',
    '/etc/passwd',
    '',
    'index-0001.tar.zst\\u0000',
  ];
  for (const name of names) {
    writeFileSync(path, good.replace('"name": "index-0001.tar.zst"', `"name": "${name}"`));
    await assert.rejects(gap.unpack(), /^UsageError: parcel-0002 has a parcel\.json that is damaged/, name);
  }
  for (const size of ['1e300', '-1', '0.5', '9007199254740993', '"1"']) {
    writeFileSync(path, good.replace(/"size": \d+/, `"size": ${size}`));
    await assert.rejects(gap.unpack(), /^UsageError: parcel-0002 has a parcel\.json that is damaged/, size);
  }
  writeFileSync(path, good.replace(/"layout": ".*"/, '"layout": "../{crate}-{version}.crate"'));
  await assert.rejects(gap.unpack(), /^UsageError: layout '\.\.\/.* must be a relative path/);
  writeFileSync(path, good);
});

test('a link in the place of a file of a parcel is refused', async (t) => {
  const gap = await makeGap(t);
  const path = nameIn(gap, 'index-0001.tar.zst');
  renameSync(path, gap.at('elsewhere'));
  symlinkSync(gap.at('elsewhere'), path);
  await assert.rejects(
    gap.unpack(),
    /^UsageError: parcel-0002 is not whole: .* is no file; volume 1 must come again$/,
  );
});
