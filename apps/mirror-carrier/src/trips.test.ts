import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { CrateFiles } from '@crates-mirror/crate-files';
import { openIndex } from '@crates-mirror/crates-index';
import { parseLayout } from '@crates-mirror/layout';
import { liveIndex, SparseIndex } from '@crates-mirror/sparse-index';
import { Gap } from './test-crates.ts';

const hasGit = spawnSync('git', ['version']).error === undefined;
const LARGE = Buffer.alloc(1_500_000, 'large');

/** The changes of each day, and what that day's parcel reports. */
const DAYS: readonly { readonly happens: (gap: Gap) => void; readonly report: Record<string, unknown> }[] = [
  {
    happens: (gap) => {
      for (let i = 0; i < 12; i++) gap.publish(`crate-${i}`, '1.0.0', `crate ${i}`);
      gap.publish('big', '1.0.0', LARGE);
      gap.publish('late', '1.0.0', 'comes late', false);
    },
    report: { crate_files: 13, index_files: 15, index_files_removed: 0, not_held: 1 },
  },
  {
    happens: (gap) => {
      gap.publish('crate-1', '1.1.0', 'one more version');
      gap.publish('newest', '0.1.0', 'a new crate');
      gap.mirror('late', '1.0.0', 'comes late');
    },
    report: { crate_files: 3, index_files: 2, index_files_removed: 0, not_held: 0 },
  },
  {
    happens: (gap) => gap.yank('crate-2', '1.0.0'),
    report: { crate_files: 0, index_files: 1, index_files_removed: 0, not_held: 0 },
  },
  {
    happens: (gap) => {
      gap.delete('crate-3');
      gap.publish('crate-4', '1.0.0', 'published anew, with another checksum');
    },
    report: { crate_files: 1, index_files: 1, index_files_removed: 1, not_held: 0 },
  },
  {
    happens: (gap) => {
      gap.publish('crate-3', '1.0.0', 'the name was taken again');
      gap.publish('big', '1.0.1', Buffer.concat([LARGE, LARGE]));
    },
    report: { crate_files: 2, index_files: 2, index_files_removed: 0, not_held: 0 },
  },
];

/** The index files that a server of this mirror serves. */
async function served(
  gap: Gap,
  place: { mirror: string; bundles?: string; index: string },
): Promise<Map<string, string>> {
  const { mirror, bundles, index } = place;
  const files = new CrateFiles({
    mirror: { root: gap.at(mirror), layout: parseLayout('cargo') },
    bundlesDirectory: bundles === undefined ? undefined : gap.at(bundles),
    onNote: (message) => assert.fail(message),
  });
  const sparse = new SparseIndex(await liveIndex(await openIndex(gap.at(index)), true), files);
  const answers = new Map<string, string>();
  for (const path of gap.tree('index').keys()) {
    const name = path.split('/').at(-1) ?? '';
    const answer = name === 'config.json' ? undefined : await sparse.find(name);
    if (answer !== undefined) answers.set(name, answer.bytes.toString('latin1'));
  }
  await files.close();
  return answers;
}

/**
 * Crate files are never removed on the far side, so it may still have some that are gone or changed
 * on the near side.
 */
function assertHasAll(far: Map<string, string>, near: Map<string, string>): void {
  for (const [path, bytes] of near) assert.equal(far.get(path), bytes, path);
}

/**
 * @param isServed whether a second mirror receives bundles, and both mirrors are served and
 * compared with the near one
 */
async function travel(
  t: TestContext,
  isServed: boolean,
  afterDay: (gap: Gap) => void = () => {},
): Promise<void> {
  const gap = new Gap(t);
  for (const [i, { happens, report }] of DAYS.entries()) {
    happens(gap);
    afterDay(gap);
    const packed = await gap.pack(i === 0 ? {} : { since: gap.at('receipt.json') });
    assert.equal(packed.code, 0);
    for (const [key, value] of Object.entries(report))
      assert.equal(packed.report[key], value, `day ${i}: ${key}`);

    assert.equal((await gap.unpack()).report['sequence'], i + 1);
    assert.deepEqual(gap.tree('far-index'), gap.tree('index'));
    assertHasAll(gap.tree('far'), gap.tree('near'));

    if (!isServed) continue;
    const bundles = {
      mirror: gap.at('far-2'),
      bundlesDir: gap.at('far-2/bundles'),
      indexDir: gap.at('index-2'),
    };
    assert.equal((await gap.unpack(bundles)).code, 0);
    assert.deepEqual(gap.tree('index-2'), gap.tree('index'));
    const near = await served(gap, { mirror: 'near', index: 'index' });
    assert.deepEqual(await served(gap, { mirror: 'far', index: 'far-index' }), near);
    assert.deepEqual(
      await served(gap, { mirror: 'far-2', bundles: 'far-2/bundles', index: 'index-2' }),
      near,
    );
  }
  assert.equal((await gap.pack({ since: gap.at('receipt.json') })).report['parcel'], null);
  assert.equal((await gap.unpack()).report['parcels'], 0);
}

test('five trips from an index of plain files: index, crate files and answers are those of the near side', (t) =>
  travel(t, true));

test('five trips from an index in git, whether checked out or not', {
  skip: !hasGit && 'git is not installed',
}, async (t) => {
  let day = 0;
  await travel(t, false, (gap) => {
    const git = (...args: string[]): void => {
      const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
      execFileSync('git', [...identity, ...args], { cwd: gap.at('index'), stdio: 'pipe' });
    };
    if (day === 0) git('init', '--quiet');
    git('add', '--all');
    git('commit', '--quiet', '--message', `day ${day}`);
    day += 1;
  });
});

test('all parcels at once make the same of a new mirror, with a commit for each of them', {
  skip: !hasGit && 'git is not installed',
}, async (t) => {
  const gap = new Gap(t);
  for (const [i, { happens }] of DAYS.entries()) {
    happens(gap);
    await gap.pack(i === 0 ? {} : { since: 'last' });
  }
  assert.equal((await gap.unpack({ git: true })).report['parcels'], DAYS.length);
  assert.deepEqual(gap.tree('far-index'), gap.tree('index'));
  assertHasAll(gap.tree('far'), gap.tree('near'));
  const log = execFileSync('git', ['log', '--format=%s'], { cwd: gap.at('far-index'), encoding: 'utf8' });
  assert.deepEqual(
    log
      .trim()
      .split('\n')
      .map((line) => line.replace(/, packed .*/, '')),
    ['Parcel 5', 'Parcel 4', 'Parcel 3', 'Parcel 2', 'Parcel 1'],
  );
  const status = execFileSync('git', ['status', '--porcelain'], {
    cwd: gap.at('far-index'),
    encoding: 'utf8',
  });
  assert.equal(status, '');
});

test('a damaged file is not packed, and comes with the next parcel once it is repaired', async (t) => {
  const gap = new Gap(t);
  gap.publish('crate', '1.0.0', 'the right bytes');
  gap.publish('other', '1.0.0', 'another');
  gap.mirror('crate', '1.0.0', 'the wrong bytes');
  const first = await gap.pack();
  assert.deepEqual([first.code, first.report['crate_files'], first.report['not_held']], [1, 1, 1]);
  await gap.unpack();
  assert.deepEqual([...gap.tree('far').keys()], ['ot/he/other-1.0.0.crate']);
  gap.mirror('crate', '1.0.0', 'the right bytes');
  const second = await gap.pack({ since: gap.at('receipt.json') });
  assert.deepEqual([second.code, second.report['crate_files'], second.report['not_held']], [0, 1, 0]);
  await gap.unpack();
  assert.deepEqual(gap.tree('far'), gap.tree('near'));
});

test('a mirror of bundles is packed out of its bundles', async (t) => {
  const gap = new Gap(t);
  for (const day of DAYS.slice(0, 2)) day.happens(gap);
  await gap.pack();
  await gap.unpack({ bundlesDir: gap.at('far/bundles') });
  // The far side packs what it has received for a third mirror.
  const onward = {
    mirror: gap.at('far'),
    bundlesDir: gap.at('far/bundles'),
    indexDir: gap.at('far-index'),
    to: gap.at('onward'),
  };
  assert.equal((await gap.pack(onward)).report['crate_files'], 16);
  await gap.unpack({ from: gap.at('onward'), mirror: gap.at('third'), indexDir: gap.at('third-index') });
  assert.deepEqual(gap.tree('third'), gap.tree('near'));
  assert.deepEqual(gap.tree('third-index'), gap.tree('index'));
});

test('volumes are no larger than asked for, and each is checked by sha256sum alone', async (t) => {
  if (spawnSync('sha256sum', ['--version']).error !== undefined) {
    t.skip('sha256sum is not installed');
    return;
  }
  const gap = new Gap(t);
  for (let i = 0; i < 40; i++) gap.publish(`crate-${i}`, '1.0.0', Buffer.alloc(90_000, `${i} `));
  const volumes = Number((await gap.pack({ volumeSize: 1_000_000 })).report['volumes']);
  assert.ok(volumes >= 4, `${volumes}`);
  for (let volume = 1; volume <= volumes; volume++) {
    const cwd = gap.at(`parcels/parcel-0001/volume-00${volume}`);
    const size = [...gap.tree(`parcels/parcel-0001/volume-00${volume}`).values()].reduce(
      (sum, bytes) => sum + bytes.length,
      0,
    );
    assert.ok(size <= 1_000_000, `${size}`);
    execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd });
  }
  execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: gap.at('parcels/parcel-0001') });
  await gap.unpack();
  assert.deepEqual(gap.tree('far'), gap.tree('near'));
  await assert.rejects(
    gap.pack({ volumeSize: 1000, since: 'none', to: gap.at('small') }),
    /takes .*, a volume has/,
  );
  assert.deepEqual(gap.tree('small'), new Map());
});

test('an index that has lost much is refused on both sides, unless that is right', async (t) => {
  const gap = new Gap(t);
  for (let i = 0; i < 30; i++) gap.publish(`crate-${i}`, '1.0.0', `crate ${i}`);
  await gap.pack();
  await gap.unpack();
  for (let i = 0; i < 11; i++) gap.write(`index/cr/at/crate-${i}`, '');
  const refusal = { message: /^11 of the 31 index files in .* would be removed or emptied$/ };
  await assert.rejects(gap.pack({ since: 'last' }), refusal);
  for (let i = 0; i < 11; i++) gap.delete(`crate-${i}`);
  await assert.rejects(gap.pack({ since: 'last' }), refusal);
  assert.deepEqual(
    [...gap.tree('parcels').keys()].filter((path) => !path.startsWith('parcel-0001')),
    [],
  );
  await gap.pack({ since: 'last', allowMassRemoval: true });
  await assert.rejects(gap.unpack(), refusal);
  assert.equal(gap.tree('far-index').size, 31);
  await gap.unpack({ allowMassRemoval: true });
  assert.deepEqual(gap.tree('far-index'), gap.tree('index'));
  assert.equal(gap.tree('far').size, 30);
});

test('the way back: a receipt, a parcel, the last one, none; and anything else', async (t) => {
  const gap = new Gap(t);
  gap.publish('crate', '1.0.0', 'one');
  await assert.rejects(gap.pack({ since: 'last' }), /no parcel of .* was packed yet/);
  await gap.pack();
  await assert.rejects(gap.pack(), /--since is missing: parcel 1 of .* was packed already/);
  gap.publish('crate', '1.0.1', 'two');
  await gap.pack({ since: gap.at('parcels/parcel-0001') });
  await assert.rejects(gap.pack({ since: gap.at('parcels/parcel-0001') }), /parcel-0002 is there already/);
  await gap.pack({ since: 'none', to: gap.at('anew') });
  assert.equal(gap.tree('anew').size, gap.tree('parcels').size / 2);
  gap.write('text', 'no receipt');
  await assert.rejects(gap.pack({ since: gap.at('text') }), /--since: .*text is no receipt/);
  await assert.rejects(gap.pack({ since: gap.at('nothing') }), /--since: cannot read .*nothing/);
  const other = readFileSync(gap.at('parcels/parcel-0001/parcel.json'), 'utf8').replace(
    /"mirror_id": "(\w)/,
    (_, first) => `"mirror_id": "${first === '0' ? 1 : 0}`,
  );
  gap.write('other.json', other);
  await assert.rejects(gap.pack({ since: gap.at('other.json') }), /is of another mirror|knows of no parcel/);
  rmSync(gap.at('near/.crates-mirror/carrier/packed'), { recursive: true });
  await assert.rejects(gap.pack({ since: gap.at('parcels/parcel-0001') }), /knows of no parcel 1/);
  await assert.rejects(gap.pack({ since: 'last' }), /names a parcel that nothing is remembered of/);
  // What the message advises.
  const anew = await gap.pack({ since: 'none', to: gap.at('anew-2') });
  assert.deepEqual([anew.code, anew.report['sequence'], anew.report['crate_files']], [0, 1, 2]);
  gap.publish('crate', '1.0.2', 'three');
  assert.equal((await gap.pack({ since: 'last', to: gap.at('anew-2') })).report['sequence'], 2);
});

test('an index that cannot be read whole is no index with less in it', async (t) => {
  const gap = new Gap(t);
  gap.publish('crate', '1.0.0', 'one');
  gap.publish('other', '1.0.0', 'two');
  await gap.pack();
  rmSync(gap.at('index/config.json'));
  await assert.rejects(gap.pack({ since: 'last' }), /no index at/);
  rmSync(gap.at('index'), { recursive: true });
  mkdirSync(gap.at('index'));
  await assert.rejects(gap.pack({ since: 'last' }), /no index at/);
  assert.equal(gap.tree('parcels').size > 0, true);
});
