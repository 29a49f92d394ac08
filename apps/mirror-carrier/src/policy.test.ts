import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing/sha256';
import { NO_RULES, type SelectionRules } from '@crates-mirror/selection';
import { Gap } from './test-crates.ts';

const EVERYTHING: SelectionRules = { ...NO_RULES, includeYanked: true };

/** Six crates, which were carried over. */
async function makeGap(t: TestContext): Promise<Gap> {
  const gap = new Gap(t);
  for (let i = 0; i < 6; i++) gap.publish(`crate-${i}`, '1.0.0', `crate ${i}`);
  await gap.pack();
  await gap.unpack();
  return gap;
}

function deny(gap: Gap, ...crates: readonly string[]): string {
  const rules = crates.map((crate) => `[[deny]]\ncrate = "${crate}"\nreason = "malicious"\n`);
  gap.write('deny.toml', `version = 1\n${rules.join('')}`);
  return gap.at('deny.toml');
}

/** Names of the crate files on the far side. */
function held(gap: Gap): string[] {
  return [...gap.tree('far').keys()].map((path) => path.replace(/^.*\//, '')).sort();
}

function kept(gap: Gap): string[] {
  return globSync('**/*.crate', { cwd: gap.at('far/.crates-mirror') }).map((path) =>
    path.replace(/^.*\//, ''),
  );
}

/** Packs what has changed, and unpacks it. */
async function trip(
  gap: Gap,
  pack: Parameters<Gap['pack']>[0] = {},
  unpack: Parameters<Gap['unpack']>[0] = {},
): Promise<{ packed: Record<string, unknown>; unpacked: Record<string, unknown> }> {
  const packed = await gap.pack({ since: 'last', ...pack });
  const unpacked = await gap.unpack(unpack);
  return { packed: packed.report, unpacked: unpacked.report };
}

test('what has left the index goes on the far side as its policy says', async (t) => {
  for (const onRemoved of ['keep', 'quarantine', 'delete'] as const) {
    const gap = await makeGap(t);
    gap.delete('crate-1');
    gap.publish('crate-2', '1.0.0', 'published anew');
    const { packed, unpacked } = await trip(gap, {}, { onRemoved });
    assert.equal(packed['removals'], 2);
    assert.equal(gap.tree('far').get('cr/at/crate-2-1.0.0.crate'), 'published anew');
    assert.equal(held(gap).includes('crate-1-1.0.0.crate'), onRemoved === 'keep');
    assert.equal(unpacked['removals'], { keep: 0, quarantine: 2, delete: 1 }[onRemoved]);
    assert.equal(kept(gap).length, onRemoved === 'quarantine' ? 2 : 0);
    if (onRemoved !== 'keep') assert.deepEqual(gap.tree('far'), gap.tree('near'));
    // What comes back is carried again.
    gap.publish('crate-1', '1.0.0', 'crate 1');
    await trip(gap, {}, { onRemoved });
    assert.deepEqual(gap.tree('far'), gap.tree('near'));
  }
});

test('a denied version is not packed, goes on the far side, and comes back once it is allowed', async (t) => {
  const gap = await makeGap(t);
  gap.publish('evil', '1.0.0', 'is denied from the start');
  const first = await trip(gap, { deny: deny(gap, 'evil', 'crate_3') }, { onRemoved: 'quarantine' });
  assert.deepEqual([first.packed['refused'], first.packed['removals']], [2, 1]);
  assert.equal(held(gap).length, 5);
  assert.deepEqual(gap.tree('far-index'), gap.tree('index'));

  const same = await gap.pack({ since: 'last', deny: deny(gap, 'evil', 'crate_3') });
  assert.equal(same.report['parcel'], null);
  const { packed } = await trip(gap, { deny: deny(gap, 'evil') });
  assert.deepEqual([packed['crate_files'], packed['refused'], packed['removals']], [1, 1, 0]);
  assert.equal(held(gap).length, 6);
  await trip(gap);
  assert.deepEqual(gap.tree('far'), gap.tree('near'));
});

test('members of bundles are withdrawn, and served again once they are carried again', async (t) => {
  const gap = await makeGap(t);
  const far = { mirror: gap.at('far-2'), bundlesDir: gap.at('far-2/bundles'), indexDir: gap.at('index-2') };
  const withdrawn = { ...far, onRemoved: 'delete', maxRemovals: { count: 1 } } as const;
  await gap.unpack(far);
  const onward = async (): Promise<unknown> =>
    (await gap.pack({ ...far, since: 'none', to: gap.at('onward', String(Math.random())) })).report[
      'crate_files'
    ];
  await trip(gap, { deny: deny(gap, 'crate-3') });
  assert.equal((await gap.unpack(withdrawn)).report['removals'], 1);
  assert.equal(await onward(), 5);
  await trip(gap);
  await gap.unpack(withdrawn);
  assert.equal(await onward(), 6);
});

test('a selection decides which files are carried; a wider one brings the rest', async (t) => {
  const gap = new Gap(t);
  for (const name of ['one', 'two', 'three']) gap.publish(name, '1.0.0', name);
  gap.publish('two', '1.1.0', 'a newer one');
  gap.yank('two', '1.1.0');
  const narrow = { ...EVERYTHING, include: ['tw*'] };
  const first = await gap.pack({ rules: narrow });
  assert.deepEqual([first.report['crate_files'], first.report['refused']], [2, 2]);
  await gap.unpack();
  assert.deepEqual(held(gap), ['two-1.0.0.crate', 'two-1.1.0.crate']);
  // A yanked version that was carried may be in lock files.
  const { packed } = await trip(gap, { rules: NO_RULES }, { onRemoved: 'delete' });
  assert.deepEqual([packed['crate_files'], packed['removals']], [2, 0]);
  assert.deepEqual(gap.tree('far'), gap.tree('near'));
  const less = await trip(gap, { rules: { ...EVERYTHING, exclude: ['one'] } }, { onRemoved: 'delete' });
  assert.equal(less.unpacked['removals'], 1);
  assert.equal(held(gap).includes('one-1.0.0.crate'), false);
});

test('a version that was too young comes with a later parcel', async (t) => {
  const gap = await makeGap(t);
  const body = 'young';
  const line = {
    name: 'young',
    vers: '1.0.0',
    deps: [],
    features: {},
    cksum: sha256Hex(body),
    yanked: false,
  };
  const publishedAt = new Date(Date.now() - 3_600_000).toISOString();
  gap.mirror('young', '1.0.0', body);
  gap.write('index/yo/un/young', `${JSON.stringify({ ...line, pubtime: publishedAt })}\n`);
  const aged = (minAge: number): SelectionRules => ({ ...EVERYTHING, minAge, minAgeUnknown: 'allow' });
  assert.deepEqual((await trip(gap, { rules: aged(7_200_000) })).packed['crate_files'], 0);
  assert.equal(held(gap).length, 6);
  assert.deepEqual((await trip(gap, { rules: aged(1_800_000) })).packed['crate_files'], 1);
  assert.deepEqual(gap.tree('far'), gap.tree('near'));
});

test('what the mirror itself has put into quarantine goes on the far side, too', async (t) => {
  const gap = await makeGap(t);
  const path = 'cr/at/crate-4-1.0.0.crate';
  const removal = {
    schema_version: 1,
    id: 'one',
    action: 'delete',
    name: 'crate-4',
    version: '1.0.0',
    path,
    sha256: sha256Hex('crate 4'),
    size: 7,
    bundle: null,
    to: null,
    reason: 'not_selected',
    why: 'the selection leaves it out',
    at: new Date().toISOString(),
  };
  const journal = gap.at('near/.crates-mirror/removals.jsonl');
  writeFileSync(
    journal,
    ['planned', 'done'].map((state) => `${JSON.stringify({ ...removal, state })}\n`).join(''),
  );
  rmSync(gap.at('near', path));
  const { packed, unpacked } = await trip(gap, {}, { onRemoved: 'quarantine' });
  assert.deepEqual([packed['removals'], packed['refused'], unpacked['removals']], [1, 1, 1]);
  assert.deepEqual(gap.tree('far'), gap.tree('near'));
  gap.mirror('crate-4', '1.0.0', 'crate 4');
  assert.equal((await trip(gap)).packed['crate_files'], 1);
  assert.deepEqual(gap.tree('far'), gap.tree('near'));
});

test('more removals than allowed are refused before anything is changed', async (t) => {
  const gap = await makeGap(t);
  gap.publish('new', '1.0.0', 'new');
  await gap.pack({ since: 'last', deny: deny(gap, 'crate-1', 'crate-2', 'crate-3') });
  const before = [gap.tree('far'), gap.tree('far-index')];
  const strict = { onRemoved: 'delete', maxRemovals: { count: 2 } } as const;
  await assert.rejects(
    gap.unpack(strict),
    /^UsageError: nothing is removed: 3 of the 6 crate files would be/,
  );
  assert.deepEqual([gap.tree('far'), gap.tree('far-index')], before);
  assert.equal((await gap.unpack({ ...strict, maxRemovals: { count: 3 } })).report['removals'], 3);
});

test('a version that is missing because the index is damaged is not removed', async (t) => {
  const gap = await makeGap(t);
  gap.publish('crate-1', '1.1.0', 'another version');
  const path = gap.at('index/cr/at/crate-1');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"vers":"1.0.0"', '"vers'));
  writeFileSync(gap.at('index/cr/at/crate-2'), '');
  const { packed } = await trip(gap, {}, { onRemoved: 'delete' });
  assert.equal(packed['removals'], 0);
  assert.equal(held(gap).length, 7);
});

test('a removal that a kill interrupted is completed, and a file that was changed by hand stays', async (t) => {
  const gap = await makeGap(t);
  writeFileSync(gap.at('far/cr/at/crate-1-1.0.0.crate'), 'changed by hand');
  gap.delete('crate-1');
  gap.delete('crate-5');
  const { unpacked } = await trip(gap, {}, { onRemoved: 'quarantine' });
  assert.equal(unpacked['removals'], 1);
  assert.equal(held(gap).includes('crate-1-1.0.0.crate'), true);
  // As after a kill between the move and its record.
  const journal = gap.at('far/.crates-mirror/removals.jsonl');
  const [planned = ''] = readFileSync(journal, 'utf8').split('\n');
  writeFileSync(journal, `${planned}\n`);
  gap.publish('crate-6', '1.0.0', 'one more');
  await trip(gap);
  assert.match(readFileSync(journal, 'utf8'), /"state":"done"/);
  assert.equal(existsSync(gap.at('far/cr/at/crate-5-1.0.0.crate')), false);
});
