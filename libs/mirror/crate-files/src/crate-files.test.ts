import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import { mirrorHome, parseLayout } from '@crates-mirror/layout';
import { VerifiedLedger } from '@crates-mirror/manifest';
import { CrateFiles, type Place, type WantedFile } from './index.ts';
import type { MemberPlace } from './place.ts';
import { testBundles, testCrate } from './test-crates.ts';

let root: string;
let mirror: string;
let bundles: string;
let notes: string[];
let opened: CrateFiles[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'crate-files-'));
  mirror = join(root, 'mirror');
  bundles = join(root, 'bundles');
  mkdirSync(join(mirror, 'cr/at'), { recursive: true });
  mkdirSync(mirrorHome(mirror).ledgerDirectory, { recursive: true });
  mkdirSync(bundles);
  notes = [];
  opened = [];
});
afterEach(async () => {
  for (const files of opened) await files.close();
  rmSync(root, { recursive: true });
});

async function open(layout = 'cargo', recheckAfter = 60_000): Promise<CrateFiles> {
  const files = new CrateFiles({
    recheckAfter,
    mirror: { root: mirror, layout: parseLayout(layout) },
    bundlesDirectory: bundles,
    onNote: (message) => notes.push(message),
  });
  opened.push(files);
  await files.refresh(0);
  return files;
}

function pathOf({ name, version }: WantedFile): string {
  return join(mirror, 'cr/at', `${name}-${version}.crate`);
}

/** @param sha256 checksum in the ledger; undefined to leave the file out of the ledger */
function putLoose(crate: WantedFile & { content: Buffer }, sha256: string | undefined): void {
  const path = pathOf(crate);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, crate.content);
  if (sha256 === undefined) return;
  const { size, mtimeMs } = statSync(path);
  const ledger = new VerifiedLedger(mirrorHome(mirror).ledgerDirectory);
  ledger.remember('cr', path.slice(mirror.length + 1), size, mtimeMs, sha256);
  ledger.flush();
}

const kindOf = (place: Place | undefined): string | undefined => place?.kind;

async function read(
  files: CrateFiles,
  crate: WantedFile,
  place: Place | undefined,
  start: number,
  end: number,
): Promise<Buffer> {
  const file = await files.open(crate, place as Place);
  const pieces: Buffer[] = [];
  try {
    for await (const piece of file.read({ start, end })) pieces.push(piece);
  } finally {
    file.close();
  }
  return Buffer.concat(pieces);
}

test('a loose file is held if the ledger says that it is the one, or its bytes do', async () => {
  const [known, unknown, old, wrong] = [0, 1, 2, 3].map((i) => testCrate(i)) as ReturnType<
    typeof testCrate
  >[] &
    [];
  putLoose(testCrate(0), testCrate(0).sha256);
  putLoose(testCrate(1), undefined);
  // The index has since changed to another checksum.
  putLoose(testCrate(2), testCrate(99).sha256);
  writeFileSync(pathOf(testCrate(3)), 'other bytes, and no ledger knows them');
  const files = await open();
  const wanted = [known, unknown, old, wrong, testCrate(4)] as WantedFile[];
  assert.deepEqual((await files.findAll(wanted)).map(kindOf), [
    'loose',
    'loose',
    undefined,
    undefined,
    undefined,
  ]);
  const place = await files.find(testCrate(0));
  assert.equal(place?.size, 1000);
  assert.deepEqual(await files.load(testCrate(0), place as Place), testCrate(0).content);
  assert.deepEqual(await read(files, testCrate(0), place, 10, 19), testCrate(0).content.subarray(10, 20));
});

test('a file that is not held is damaged, outdated, lost or absent, as file and ledger say', async () => {
  const crates = Array.from({ length: 9 }, (_, i) => testCrate(i));
  const at = (i: number): string => pathOf(testCrate(i));
  const old = 'what was mirrored before the index had another checksum';
  // Damaged: truncated, emptied or overwritten since verification; never verified; not a file.
  for (const i of [0, 1, 2]) putLoose(testCrate(i), testCrate(i).sha256);
  truncateSync(at(0), 10);
  writeFileSync(at(1), '');
  writeFileSync(at(2), testCrate(99).content.subarray(0, testCrate(2).content.length));
  writeFileSync(at(3), 'other bytes, and no ledger knows them');
  mkdirSync(at(4));
  // Outdated: verified for another checksum; the same, copied without its times; damaged since.
  for (const i of [5, 6, 7])
    putLoose({ ...testCrate(i), content: Buffer.from(old) }, sha256Hex(Buffer.from(old)));
  utimesSync(at(6), 1, 1);
  appendFileSync(at(7), 'x');
  putLoose(testCrate(8), testCrate(8).sha256);
  rmSync(at(8));
  const files = await open();
  const results = await files.lookAll([...crates, testCrate(10)]);
  assert.deepEqual(
    results.map(({ kind }) => kind),
    [...Array(5).fill('damaged'), 'outdated', 'outdated', 'damaged', 'lost', 'absent'],
  );
  await files.lookAll(crates);
  assert.equal(notes.length, 6, 'each damaged file is reported once');
  for (const [i, n] of [0, 1, 2, 3, 4, 7].entries())
    assert.match(notes[i] as string, new RegExp(`^crate-00${n} 1\\.0\\.0 is damaged in ${at(n)},`));

  writeFileSync(at(0), testCrate(0).content);
  truncateSync(at(5), 3);
  assert.deepEqual(
    (await files.lookAll(crates)).map(({ kind }) => kind),
    ['held', ...Array(4).fill('damaged'), 'damaged', 'outdated', 'damaged', 'lost'],
  );
});

test('while a run puts a file in place, what was there before is not taken for damaged', async (t) => {
  const crate = testCrate(0);
  putLoose({ ...crate, content: Buffer.from('before') }, sha256Hex(Buffer.from('before')));
  const files = await open();
  const lstat = fs.lstat;
  t.mock.method(fs, 'lstat', async (path: string) => {
    const stats = await lstat(path);
    t.mock.restoreAll();
    syncBuiltinESMExports();
    // The ledger has the new file when it is queried.
    putLoose(crate, crate.sha256);
    return stats;
  });
  syncBuiltinESMExports();
  assert.deepEqual(
    (await files.lookAll([crate])).map(({ kind }) => kind),
    ['held'],
  );
  assert.deepEqual(notes, []);
});

test('a file that was touched since it was verified is hashed, and a later line of the ledger is noticed', async () => {
  const crate = testCrate(0);
  putLoose(crate, crate.sha256);
  const files = await open();
  assert.equal(kindOf(await files.find(crate)), 'loose');
  utimesSync(pathOf(crate), 1, 1);
  assert.equal(kindOf(await files.find(crate)), 'loose');
  truncateSync(pathOf(crate), 10);
  assert.equal(await files.find(crate), undefined);
  putLoose(crate, testCrate(99).sha256);
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.equal(await files.find(crate), undefined, 'the ledger has the last word');
});

test('links, pipes and directories are no crate files', async () => {
  const crates = [0, 1, 2].map((i) => testCrate(i));
  writeFileSync(join(root, 'elsewhere'), testCrate(0).content);
  symlinkSync(join(root, 'elsewhere'), pathOf(testCrate(0)));
  execFileSync('mkfifo', [pathOf(testCrate(1))]);
  mkdirSync(pathOf(testCrate(2)));
  const files = await open();
  assert.deepEqual((await files.findAll(crates)).map(kindOf), [undefined, undefined, undefined]);
});

test('a damaged file is found out when it is read, said once, and looked at again when it was replaced', async () => {
  const crate = testCrate(0);
  putLoose({ ...crate, content: Buffer.alloc(1000) }, crate.sha256);
  const files = await open();
  const place = await files.find(crate);
  await assert.rejects(files.load(crate, place as Place), { code: 'damaged' });
  assert.equal(await files.find(crate), undefined);
  assert.deepEqual(notes, [
    `crate-000 1.0.0 is damaged in ${pathOf(crate)}, and not served from there until that is put right`,
  ]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  putLoose(crate, crate.sha256);
  assert.equal(kindOf(await files.find(crate)), 'loose');
});

test('members of finished bundles are read by seeking', async () => {
  const large = testCrate(7, 3_000_000);
  const writer = await testBundles(bundles);
  await writer.add(testCrate(0), testCrate(1));
  await writer.add(testCrate(2));
  await writer.finish();
  await writer.add(large);
  await writer.finish();
  const files = await open();
  for (const crate of [testCrate(0), testCrate(1), testCrate(2), large]) {
    const place = await files.find(crate);
    assert.equal(kindOf(place), 'member');
    assert.equal(place?.size, crate.content.length);
    assert.deepEqual(await files.load(crate, place as Place), crate.content);
    assert.deepEqual(await read(files, crate, place, 5, 900), crate.content.subarray(5, 901));
  }
  assert.deepEqual(notes, []);
});

test('a bundle under way counts as far as it has come; when it is finished, and after it, nothing is missing', async () => {
  const writer = await testBundles(bundles);
  const files = await open();
  const held = async (): Promise<(string | undefined)[]> =>
    (await files.findAll([0, 1, 2].map((i) => testCrate(i)))).map(kindOf);
  assert.deepEqual(await held(), [undefined, undefined, undefined]);
  await writer.add(testCrate(0));
  assert.deepEqual(await held(), ['member', undefined, undefined]);
  await writer.add(testCrate(1));
  assert.deepEqual(await held(), ['member', 'member', undefined]);
  const early = await files.find(testCrate(1));
  await writer.finish();
  assert.deepEqual(await held(), ['member', 'member', undefined]);
  await assert.rejects(files.open(testCrate(1), early as Place), { code: 'gone' }, 'to be looked for again');
  const late = await files.find(testCrate(1));
  assert.deepEqual(await read(files, testCrate(1), late, 0, 9), testCrate(1).content.subarray(0, 10));
  await writer.add(testCrate(2));
  assert.deepEqual(await held(), ['member', 'member', 'member']);
  await writer.abandon();
  assert.deepEqual(notes, []);
});

test('a loose file that moves into a bundle is held all the time', async () => {
  const crate = testCrate(0);
  putLoose(crate, crate.sha256);
  const files = await open();
  const found: Promise<Place | undefined>[] = [];
  const asking = setInterval(() => found.push(files.find(crate)), 1);
  const writer = await testBundles(bundles);
  await writer.add(crate);
  rmSync(pathOf(crate));
  await writer.finish();
  const before = found.length;
  while (found.length < before + 6) await new Promise((resolve) => setTimeout(resolve, 1));
  clearInterval(asking);
  const kinds = (await Promise.all(found)).map(kindOf);
  assert.ok(kinds.length > 5);
  assert.ok(!kinds.includes(undefined), kinds.join(' '));
  assert.equal(kinds.at(-1), 'member');
});

test('a loose file that cannot be looked at, or whose mirror has gone, is not taken for one that is not held', async (t) => {
  const crate = testCrate(0);
  putLoose(crate, undefined);
  const files = await open();
  for (const call of ['lstat', 'open'] as const) {
    t.mock.method(fs, call, async () => {
      throw Object.assign(new Error('i/o error'), { code: 'EIO' });
    });
    syncBuiltinESMExports();
    await assert.rejects(files.find(crate), { code: 'unreadable' }, call);
    t.mock.restoreAll();
    syncBuiltinESMExports();
  }
  assert.equal(kindOf(await files.find(crate)), 'loose');
  renameSync(mirror, join(root, 'unmounted'));
  mkdirSync(mirror);
  await assert.rejects(files.find(crate), { code: 'unreadable' });
  rmSync(mirror, { recursive: true });
  renameSync(join(root, 'unmounted'), mirror);
  assert.equal(kindOf(await files.find(crate)), 'loose');
  assert.equal(await files.find(testCrate(1)), undefined);
});

test('a bundle that is finished between two looks at its folder is not overlooked', async (t) => {
  const crate = testCrate(0);
  const writer = await testBundles(bundles);
  await writer.add(crate);
  const files = await open();
  const { readdir } = fs;
  t.mock.method(fs, 'readdir', async (path: string) => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
    const names = await readdir(path);
    await writer.finish();
    return names;
  });
  syncBuiltinESMExports();
  await files.refresh(0);
  assert.equal(kindOf((await files.findAll([crate]))[0]), 'member');
  assert.deepEqual(notes, []);
});

test('where the folder of bundles is unmounted, what was in it is still known', async () => {
  const writer = await testBundles(bundles);
  await writer.add(testCrate(0));
  await writer.finish();
  const files = await open();
  renameSync(bundles, join(root, 'unmounted'));
  mkdirSync(bundles);
  await files.refresh(0);
  assert.match(
    files.failure ?? '',
    /^cannot read the bundles in \S+: \S+bundles\.index\.jsonl is not there now$/,
  );
  assert.equal(kindOf(await files.find(testCrate(0))), 'member');
  rmSync(bundles, { recursive: true });
  renameSync(join(root, 'unmounted'), bundles);
  await files.refresh(0);
  assert.equal(files.failure, undefined);
  assert.equal(notes.length, 1);
});

test('a file of a bundle that has gone is no longer held; one in another bundle too still is', async () => {
  const writer = await testBundles(bundles);
  await writer.add(testCrate(0), testCrate(1));
  await writer.finish();
  await writer.add(testCrate(0));
  await writer.finish();
  const files = await open();
  const [first] = readdirSync(bundles)
    .filter((name) => name.endsWith('.tar.zst'))
    .sort() as [string];
  renameSync(join(bundles, first), join(root, first));
  await files.refresh(0);
  const both = [testCrate(0), testCrate(1)];
  assert.deepEqual((await files.findAll(both)).map(kindOf), ['member', undefined]);
  assert.deepEqual(notes, [`${first} is in the catalog, and not in the folder`]);
  renameSync(join(root, first), join(bundles, first));
  await files.refresh(0);
  assert.deepEqual((await files.findAll(both)).map(kindOf), ['member', 'member']);
});

test('a bundle that is in no catalog is read like one that is under way', async () => {
  const writer = await testBundles(bundles);
  await writer.add(testCrate(0), testCrate(1));
  await writer.finish();
  rmSync(join(bundles, 'bundles.index.jsonl'));
  const files = await open();
  const place = await files.find(testCrate(1));
  assert.deepEqual(await files.load(testCrate(1), place as Place), testCrate(1).content);
  assert.deepEqual(notes, []);
});

test('bundles that are not what the catalog says are not served, and said so once', async () => {
  const writer = await testBundles(bundles);
  for (let i = 0; i < 3; i++) {
    await writer.add(testCrate(i));
    await writer.finish();
  }
  const [first, second, third] = readdirSync(bundles)
    .filter((name) => name.endsWith('.tar.zst'))
    .sort() as [string, string, string];
  appendFileSync(join(bundles, first), 'x');
  appendFileSync(join(bundles, second.replace('.tar.zst', '.manifest.jsonl')), '\n');
  rmSync(join(bundles, third));
  const files = await open();
  await files.refresh(0);
  assert.deepEqual((await files.findAll([0, 1, 2].map((i) => testCrate(i)))).map(kindOf), [
    undefined,
    undefined,
    undefined,
  ]);
  const { size } = statSync(join(bundles, first));
  assert.deepEqual(notes.sort(), [
    `${first} is not served: it has ${size} bytes, and the catalog says ${size - 1}`,
    `${second} is not served: ${join(bundles, second.replace('.tar.zst', '.manifest.jsonl'))} is not what the catalog says it is`,
    `${third} is in the catalog, and not in the folder`,
  ]);
});

test('a damaged frame costs its members and no others', async () => {
  const writer = await testBundles(bundles);
  await writer.add(testCrate(0));
  await writer.add(testCrate(1));
  await writer.finish();
  const [name] = readdirSync(bundles).filter((entry) => entry.endsWith('.tar.zst')) as [string];
  const bytes = readFileSync(join(bundles, name));
  bytes[700] = (bytes[700] as number) ^ 1;
  writeFileSync(join(bundles, name), bytes);
  const files = await open();
  const [damaged, whole] = await files.findAll([testCrate(0), testCrate(1)]);
  await assert.rejects(files.load(testCrate(0), damaged as Place), { code: 'damaged' });
  assert.equal(await files.find(testCrate(0)), undefined);
  assert.deepEqual(await files.load(testCrate(1), whole as Place), testCrate(1).content);
  assert.deepEqual(notes, [
    `crate-000 1.0.0 is damaged in ${name}, and not served from there until that is put right`,
  ]);
  putLoose(testCrate(0), undefined);
  assert.equal(kindOf(await files.find(testCrate(0))), 'loose', 'a whole copy elsewhere serves instead');
});

test('a bundle that cannot be read now is no damaged one: it is read again, by another handle', async () => {
  const writer = await testBundles(bundles);
  await writer.add(testCrate(0));
  await writer.finish();
  const files = await open();
  const place = (await files.find(testCrate(0))) as MemberPlace;
  place.bundle.bytes.close();
  await assert.rejects(files.load(testCrate(0), place), {
    code: 'unreadable',
    message: /^bundle-0001-.*\.tar\.zst cannot be read now: file closed$/,
  });
  const again = await files.find(testCrate(0));
  assert.deepEqual(await files.load(testCrate(0), again as Place), testCrate(0).content);
  assert.deepEqual(notes, []);
});

test('a loose file that cannot be read now is no damaged one', async (t) => {
  // stat reports a regular file, but reading it fails with EINVAL.
  const path = '/sys/class/net/lo/speed';
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() !== true) return t.skip(`there is no ${path}`);
  const files = await open();
  const place: Place = { kind: 'loose', path, size: stats.size, mtimeMs: stats.mtimeMs };
  await assert.rejects(files.load(testCrate(0), place), { code: 'unreadable' });
  assert.deepEqual(notes, []);
});

test('a file that cannot be used now is reported as such, one that is nowhere is not held', async () => {
  const crate = testCrate(0);
  putLoose(crate, crate.sha256);
  const files = await open();
  const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
  await assert.rejects(files.use(crate, failing('EIO')), { code: 'EIO' });
  assert.equal(await files.use(crate, failing('damaged')), undefined);
  assert.deepEqual(await files.use(crate, (place) => files.load(crate, place)), crate.content);
});

test('a finished bundle whose manifest cannot be read now is looked at again', async () => {
  const writer = await testBundles(bundles);
  await writer.add(testCrate(0));
  await writer.finish();
  const manifest = join(
    bundles,
    readdirSync(bundles).find((name) => name.endsWith('.manifest.jsonl')) as string,
  );
  renameSync(manifest, join(root, 'manifest'));
  const files = await open();
  await files.refresh(0);
  assert.equal(await files.find(testCrate(0)), undefined);
  assert.equal(notes.length, 1);
  assert.match(notes[0] as string, /is not served: ENOENT/);
  renameSync(join(root, 'manifest'), manifest);
  assert.equal(kindOf(await files.find(testCrate(0))), 'member');
});

test('what was damaged is looked at again after a while, and promised only once it is whole', async () => {
  const writer = await testBundles(bundles);
  await writer.add(testCrate(0));
  await writer.finish();
  const path = join(bundles, readdirSync(bundles).find((name) => name.endsWith('.tar.zst')) as string);
  const [whole, { mtime }] = [readFileSync(path), statSync(path)];
  const overwrite = (bytes: Buffer): void => {
    writeFileSync(path, bytes);
    utimesSync(path, mtime, mtime);
  };
  utimesSync(path, mtime, mtime);
  overwrite(Buffer.from(whole).fill(1, 700, 710));
  const files = await open('cargo', 0);
  const place = await files.find(testCrate(0));
  await assert.rejects(read(files, testCrate(0), place, 0, 9), { code: 'damaged' }, 'in a part of it, too');
  assert.equal(await files.find(testCrate(0)), undefined);
  assert.equal(await files.find(testCrate(0)), undefined);
  assert.equal(notes.length, 1, 'reported once');
  const { key } = await files.stateOf([]);
  // The old content is restored, and the file's times do not show it.
  overwrite(whole);
  assert.equal(kindOf(await files.find(testCrate(0))), 'member');
  assert.notEqual((await files.stateOf([])).key, key);
});

test('a whole copy in another bundle serves, whichever of them the catalog has', async () => {
  const writer = await testBundles(bundles);
  const large = testCrate(7, 3_000_000);
  for (let copy = 0; copy < 2; copy++) {
    await writer.add(testCrate(0), testCrate(1));
    await writer.add(large);
    await writer.finish();
  }
  const [older, newer] = readdirSync(bundles)
    .filter((name) => name.endsWith('.tar.zst'))
    .sort() as [string, string];
  const overwrite = (name: string): void => {
    const whole = readFileSync(join(bundles, name));
    writeFileSync(join(bundles, name), Buffer.from(whole).fill(1, 700, 710).fill(1, 2_000_000, 2_000_010));
  };
  const load = (files: CrateFiles, crate: ReturnType<typeof testCrate>): Promise<Buffer | undefined> =>
    files.use(crate, (place) => files.load(crate, place));
  overwrite(newer);
  const files = await open();
  for (const crate of [testCrate(0), testCrate(1), large]) {
    assert.deepEqual(await load(files, crate), crate.content);
    assert.equal(((await files.find(crate)) as MemberPlace).bundle.name, older);
  }
  assert.equal(notes.length, 3);

  // Removes the damaged bundle's line from the catalog and leaves its files.
  const catalog = join(bundles, 'bundles.index.jsonl');
  const lines = readFileSync(catalog, 'utf8').split('\n');
  writeFileSync(catalog, `${lines.find((line) => line.includes(older))}\n`);
  const others = await open();
  for (const crate of [testCrate(0), testCrate(1), large])
    assert.equal(((await others.find(crate)) as MemberPlace).bundle.name, older);
  assert.equal(notes.length, 3);
});

test('a state shows changes: new files, new bundles, files that have gone', async (t) => {
  const files = await open();
  const crates = [testCrate(0), testCrate(1)];
  const directories = files.directoriesOf(crates) as string[];
  assert.deepEqual(directories, [join(mirror, 'cr/at')]);
  utimesSync(join(mirror, 'cr/at'), 1, 1);
  // A change less than two seconds old may be followed by another with the same time.
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 2100 });
  const before = await files.stateOf(directories);
  assert.deepEqual(await files.stateOf(directories), before, 'nothing has changed');
  putLoose(testCrate(0), undefined);
  t.mock.timers.setTime(Math.floor(statSync(join(mirror, 'cr/at')).ctimeMs) + 1900);
  const after = await files.stateOf(directories);
  assert.notEqual(after.key, before.key);
  assert.notEqual(
    (await files.stateOf(directories)).key,
    after.key,
    'what has just changed may change again',
  );
  const writer = await testBundles(bundles);
  await writer.add(testCrate(1));
  await files.refresh(0);
  assert.equal((await files.stateOf(directories)).additions, before.additions + 1);
  await writer.abandon();
  const many = Array.from({ length: 9 }, (_, i) => ({ ...testCrate(i), version: `1.0.${i}` }));
  assert.equal((await open('{crate}/{version}/file.crate')).directoriesOf(many), undefined);
});
