import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { BundleFolder, BundleWriter, FrameBuilder } from '@crates-mirror/bundle';
import { indexShard } from '@crates-mirror/crates-index/names';
import type { BundleMode } from '@crates-mirror/downloader-options';
import { sha256Hex } from '@crates-mirror/hashing';
import { mirrorHome } from '@crates-mirror/layout';
import { target } from '../lane-in-test.ts';
import type { Target } from '../target.ts';
import { BundleDestination } from './bundle-destination.ts';
import { CrateStore } from './crate-store.ts';
import { StoreError } from './store-error.ts';

const FRAME = 64 << 10;
const CONTENT = Buffer.from('crate file');
const SHA256 = sha256Hex(CONTENT);

let root: string;
let out: string;
let bundles: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bundle-find-'));
  out = join(root, 'm');
  bundles = join(root, 'b');
  for (const home of [mirrorHome(out), mirrorHome(bundles)])
    mkdirSync(home.temporaryDirectory, { recursive: true });
  mkdirSync(mirrorHome(out).ledgerDirectory, { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

function wanted(name: string): Target {
  return target(name, { sha256: SHA256, shard: indexShard(name) });
}

/** Writes a finished bundle of these crates, all with the same content. */
async function bundle(...names: string[]): Promise<BundleFolder> {
  const folder = await openFolder();
  const writer = new BundleWriter(folder, { sizeLimit: 1 << 20, frameSize: FRAME, onFinished: () => {} });
  const builder = new FrameBuilder(FRAME);
  for (const name of names) {
    const { url, version, path } = wanted(name);
    assert.ok(builder.add({ url, name, version, path, size: CONTENT.length, sha256: SHA256 }, CONTENT));
  }
  if (names.length > 0) await writer.append(builder.take());
  await writer.close();
  return folder;
}

function openFolder(): Promise<BundleFolder> {
  return BundleFolder.open({ directory: bundles, verifyAll: false, onNote: () => {} });
}

function destination(
  mode: BundleMode,
  { held }: BundleFolder,
): { store: CrateStore; found: BundleDestination } {
  const store = new CrateStore(out, false);
  const bundling = { mode, directory: bundles, held, files: {}, frameSize: FRAME } as const;
  return { store, found: new BundleDestination(store, bundling, () => assert.fail('nothing is bundled')) };
}

/** Lists everything on disk besides bundles. */
function onDisk(): string[] {
  return readdirSync(out, { recursive: true, encoding: 'utf8' }).sort();
}

test('to find a file changes nothing; to take it over removes the loose copy of a bundled one', async () => {
  const { store, found } = destination('only', await bundle('serde'));
  const serde = wanted('serde');
  writeFileSync(join(out, 'serde'), CONTENT);
  const before = onDisk();
  const what = found.find(serde);
  store.flush();
  assert.deepEqual([onDisk(), serde.hasLooseCopy], [before, false]);
  assert.deepEqual(
    [what?.isToRemove, what?.sha256, what?.loose?.status],
    [true, SHA256, 'verified_existing'],
  );
  assert.ok(what);
  const inPlace = {
    status: 'existing',
    bundle: 'bundle-0001',
    size: CONTENT.length,
    sha256: SHA256,
    storage: 'bundle',
  };
  assert.deepEqual(what.outcome, inPlace);
  assert.deepEqual(found.takeOver(serde, what), { ...inPlace, isMoved: true });
  assert.equal(existsSync(join(out, 'serde')), false);
  const gone = found.find(serde);
  assert.deepEqual([gone?.isToRemove, gone?.loose], [false, undefined]);
});

test('a loose file stays where the bundle that held it as well is gone, or is another one', async () => {
  for (const spoil of [rmSync, (path: string) => writeFileSync(path, 'shorter')]) {
    const { found } = destination('only', await bundle('serde'));
    const serde = wanted('serde');
    writeFileSync(join(out, 'serde'), CONTENT);
    const name = readdirSync(bundles).find((name) => name.endsWith('.tar.zst')) as string;
    spoil(join(bundles, name));
    const what = found.find(serde);
    assert.ok(what?.isToRemove);
    assert.throws(
      () => found.takeOver(serde, what),
      (error) =>
        error instanceof StoreError &&
        error.isFatal &&
        error.message.startsWith(`${bundles}: bundle-0001 is gone, or has changed`),
    );
    assert.ok(readFileSync(join(out, 'serde')).equals(CONTENT));
    rmSync(bundles, { recursive: true });
    mkdirSync(mirrorHome(bundles).temporaryDirectory, { recursive: true });
  }
});

test('a loose file that no bundle holds is to be bundled, and is not hashed again by the next run', async () => {
  for (const mode of ['only', 'add'] as const) {
    const { store, found } = destination(mode, await bundle());
    const serde = wanted('serde');
    writeFileSync(join(out, 'serde'), CONTENT);
    const what = found.find(serde);
    assert.ok(what);
    assert.deepEqual([what.sha256, what.outcome, what.isToRemove], [SHA256, undefined, false]);
    assert.equal(found.takeOver(serde, what), undefined);
    store.flush();
    assert.equal(new CrateStore(out, false).find(serde)?.status, 'existing');
    assert.equal(found.find(wanted('other')), undefined);
  }
});

test('a loose file is not in a bundle that holds another one by its name', async () => {
  const { store, found } = destination('add', await bundle('serde'));
  // Without a checksum in the index, the loose file is trusted because of the ledger of verified
  // files.
  const unknown = { ...wanted('serde'), sha256: undefined };
  const other = Buffer.from('another crate file');
  store.write(unknown, other, sha256Hex(other));
  const what = found.find(unknown);
  assert.deepEqual([what?.sha256, what?.outcome], [sha256Hex(other), undefined]);
  store.write(unknown, CONTENT, SHA256);
  const both = found.find(unknown);
  assert.equal(both?.isToRemove, false, 'both copies are wanted');
  const same = both?.outcome;
  assert.deepEqual([same?.storage, same?.bundle], ['filesystem+bundle', 'bundle-0001']);
});
