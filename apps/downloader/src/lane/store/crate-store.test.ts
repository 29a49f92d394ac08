import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ExactNames } from '@crates-mirror/fs-atomic';
import { sha256Hex } from '@crates-mirror/hashing';
import { mirrorHome } from '@crates-mirror/layout';
import { RemovalJournal } from '@crates-mirror/removals';
import { SetAside } from '@crates-mirror/removals/set-aside';
import type { Target } from '../target.ts';
import { CrateStore, checkName } from './crate-store.ts';

const TARGET: Target = {
  name: 'serde',
  version: '1.0.0',
  sha256: undefined,
  url: 'https://u/serde',
  origin: 'https://u',
  path: 'se/rd/serde-1.0.0.crate',
  shard: 'se',
  isToVerify: false,
  startedAt: 0,
  retries: 0,
  lostConnections: 0,
  hasLooseCopy: false,
};

function mirror(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'crate-store-'));
  t.after(() => rmSync(root, { recursive: true }));
  const { temporaryDirectory, ledgerDirectory } = mirrorHome(root);
  for (const directory of [temporaryDirectory, ledgerDirectory]) mkdirSync(directory, { recursive: true });
  return root;
}

function write(store: CrateStore, body: string): void {
  store.write(TARGET, Buffer.from(body), sha256Hex(body));
  store.flush();
}

test('bytes that were published anew do not lose those before them, where they are to be quarantined', (t) => {
  const root = mirror(t);
  const store = new CrateStore(root, false, undefined, new SetAside(root));
  for (const body of ['old', 'old', 'new']) write(store, body);
  const journal = new RemovalJournal(mirrorHome(root).removalsFile);
  const [removal, ...others] = journal.removals('planned');
  assert.deepEqual([removal?.sha256, removal?.isReplaced, others], [sha256Hex('old'), true, []]);
  assert.equal(readFileSync(join(root, '.crates-mirror', removal?.to ?? ''), 'utf8'), 'old');
  assert.equal(readFileSync(join(root, TARGET.path), 'utf8'), 'new');
});

test('they are replaced otherwise, as is what was damaged', (t) => {
  const root = mirror(t);
  const store = new CrateStore(root, false);
  for (const body of ['old', 'new']) write(store, body);
  assert.equal(readFileSync(join(root, TARGET.path), 'utf8'), 'new');
  assert.ok(new RemovalJournal(mirrorHome(root).removalsFile).isEmpty);
});

test('a version that differs from another in case alone does not replace it where the two are one file', (t) => {
  const root = mirror(t);
  const names = new ExactNames(join(root, '.crates-mirror'), {
    exists: () => true,
    list: () => ['serde-1.0.0-rc1.crate'],
  });
  const store = new CrateStore(root, false, undefined, undefined, names);
  const [first, second] = ['rc1', 'RC1'].map((suffix) => ({
    ...TARGET,
    version: `1.0.0-${suffix}`,
    path: `se/rd/serde-1.0.0-${suffix}.crate`,
  })) as [Target, Target];
  store.write(first, Buffer.from('first'), sha256Hex('first'));
  const collision = {
    isFatal: false,
    message: /takes serde-1\.0\.0-RC1\.crate and serde-1\.0\.0-rc1\.crate/,
  };
  assert.throws(() => store.write(second, Buffer.from('second'), sha256Hex('second')), collision);
  assert.equal(readFileSync(join(root, first.path), 'utf8'), 'first');
});

test('what Windows would take for a device is not written to', () => {
  assert.throws(() => checkName('nul/nul-1.0.0.crate', 'win32'), { code: 'windows_name' });
  checkName('nul/nul-1.0.0.crate', 'linux');
});
