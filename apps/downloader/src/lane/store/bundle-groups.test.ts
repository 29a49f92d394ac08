import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import { mirrorHome } from '@crates-mirror/layout';
import { target } from '../lane-in-test.ts';
import type { BundleGroup } from '../protocol.ts';
import type { Outcome } from '../target.ts';
import { BundleDestination } from './bundle-destination.ts';
import { CrateStore } from './crate-store.ts';
import { StoreError } from './store-error.ts';

/** Bytes. Room for two of the small files below, but not for three. */
const FRAME_SIZE = 64 << 10;
const SMALL = 25 << 10;

/** A destination whose groups are kept instead of written. */
function open(t: TestContext, mode: 'add' | 'only' = 'only') {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const directory = mkdtempSync(join(tmpdir(), 'groups-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const out = join(directory, 'm');
  const bundles = join(directory, 'b');
  const { temporaryDirectory, ledgerDirectory } = mirrorHome(out);
  for (const needed of [temporaryDirectory, ledgerDirectory, mirrorHome(bundles).membersDirectory])
    mkdirSync(needed, { recursive: true });
  const groups: BundleGroup[] = [];
  const bundling = { mode, directory: bundles, held: [], files: {}, frameSize: FRAME_SIZE } as const;
  const destination = new BundleDestination(new CrateStore(out, false), bundling, (group) =>
    groups.push(group),
  );
  const results = new Map<string, Outcome | StoreError>();
  /** Names in the order in which they were completed. */
  const completed: string[] = [];
  const place = (name: string, size: number) => {
    const content = Buffer.alloc(size, name);
    const sha256 = sha256Hex(content);
    const wanted = target(name, { sha256 });
    const body = destination.newBody(wanted);
    body.begin(size);
    body.data(content);
    destination.place({ target: wanted, body, sha256, status: 'downloaded' }, (result) => {
      results.set(name, result);
      completed.push(name);
    });
    return { sha256, loose: join(out, wanted.path), target: wanted };
  };
  /** Names of the members of the groups that were sent. */
  const sent = (): string[][] =>
    groups.map((group) => (group.kind === 'frame' ? group.members : [group.member]).map(({ name }) => name));
  return { destination, place, groups, sent, results, completed, temporaryDirectory, out };
}

test('a frame is handed over once it is full, on request, or after a second, and never empty', (t) => {
  const { destination, place, sent } = open(t);
  destination.handOver();
  for (const name of ['a', 'b', 'c']) place(name, SMALL);
  assert.deepEqual(sent(), [['a', 'b']]);
  destination.handOver();
  destination.handOver();
  assert.deepEqual(sent(), [['a', 'b'], ['c']]);
  t.mock.timers.tick(500);
  place('d', SMALL);
  t.mock.timers.tick(999);
  assert.equal(sent().length, 2);
  t.mock.timers.tick(1);
  assert.deepEqual(sent().at(-1), ['d']);
  t.mock.timers.tick(10_000);
  assert.equal(sent().length, 3);
});

test('a lane is busy with three groups on their way to disk, until one of them is answered', (t) => {
  const { destination, place, groups, completed } = open(t);
  for (const name of ['a', 'b', 'c']) {
    assert.equal(destination.isBusy, false, name);
    place(name, SMALL);
    destination.handOver();
  }
  assert.equal(destination.isBusy, true);
  destination.stored(groups[1]?.group ?? 0, 'bundle-0001');
  assert.equal(destination.isBusy, false);
  assert.deepEqual(completed, ['b']);
});

test('each file of a stored group is completed with its own size and checksum, and held from then on', (t) => {
  const { destination, place, groups, results } = open(t);
  const placed = [place('a', SMALL), place('b', SMALL - 1)];
  destination.handOver();
  assert.equal(results.size, 0);
  destination.stored(groups[0]?.group ?? 0, 'bundle-0007');
  for (const [i, name] of ['a', 'b'].entries())
    assert.deepEqual(results.get(name), {
      status: 'downloaded',
      size: SMALL - i,
      sha256: placed[i]?.sha256,
      storage: 'bundle',
      bundle: 'bundle-0007',
    });
  const again = place('a', SMALL);
  assert.equal(groups.length, 1, 'nothing is bundled twice');
  destination.handOver();
  assert.equal(groups.length, 1);
  const found = destination.find(again.target);
  assert.deepEqual([found?.outcome?.status, found?.sha256], ['existing', again.sha256]);
});

for (const [kind, size] of [
  ['frame', SMALL],
  ['file', 2 << 20],
] as const)
  test(`files of a ${kind} that could not be written fail, leave nothing, and can be placed again`, (t) => {
    const { destination, place, groups, results, temporaryDirectory } = open(t, 'only');
    const { loose, target: wanted } = place('a', size);
    destination.handOver();
    assert.equal(groups[0]?.kind, kind);
    const error = new StoreError(new Error('no space'));
    destination.notStored(groups[0]?.group ?? 0, error);
    assert.equal(results.get('a'), error);
    assert.deepEqual([existsSync(loose), readdirSync(temporaryDirectory)], [false, []]);
    assert.equal(destination.find(wanted), undefined);
    place('a', size);
    destination.handOver();
    assert.equal(groups.length, 2);
  });

test('the memory of an answered frame is used for the next one', (t) => {
  const { destination, place, groups } = open(t);
  place('a', SMALL);
  destination.handOver();
  destination.stored(groups[0]?.group ?? 0, 'bundle-0001');
  place('b', SMALL);
  destination.handOver();
  const [first, second] = groups.map((group) => (group.kind === 'frame' ? group.memory : undefined));
  assert.ok(first !== undefined && first === second);
});

test('a loose copy is loaded to be bundled, and is removed once it is', (t) => {
  const { destination, groups, results, out } = open(t);
  const content = Buffer.alloc(SMALL, 'loose');
  const wanted = target('loose', { sha256: sha256Hex(content) });
  const path = join(out, wanted.path);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  wanted.hasLooseCopy = true;
  const body = destination.loadLooseCopy(wanted);
  assert.ok(body !== undefined);
  assert.ok(body.content?.equals(content));
  destination.place({ target: wanted, body, sha256: sha256Hex(content), status: 'existing' }, (result) =>
    results.set('loose', result),
  );
  destination.handOver();
  assert.ok(existsSync(path));
  destination.stored(groups[0]?.group ?? 0, 'bundle-0001');
  assert.equal(existsSync(path), false);
  assert.equal((results.get('loose') as { isMoved?: boolean }).isMoved, true);
});
