import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { indexShard } from '@crates-mirror/crates-index';
import { temporaryName } from '@crates-mirror/fs-atomic';
import { mirrorHome } from '@crates-mirror/layout';
import {
  BundleFolder,
  BundleWriter,
  FrameBuilder,
  type Member,
  MemberLedger,
  openSeekable,
  readCatalog,
  readMembers,
  readTar,
} from './index.ts';

const FRAME = 64 << 10;
let root: string;
let directory: string;
let notes: string[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'folder-'));
  directory = join(root, 'bundles');
  prepare(directory);
  notes = [];
});
afterEach(() => rmSync(root, { recursive: true }));

function prepare(path: string): void {
  mkdirSync(mirrorHome(path).temporaryDirectory, { recursive: true });
}

function openFolder(verifyAll = false): Promise<BundleFolder> {
  const onNote = (level: string, message: string) => void notes.push(`${level}: ${message}`);
  return BundleFolder.open({ directory, verifyAll, onNote });
}

/** Member number `i`, with incompressible bytes. */
function crate(i: number, size = 3000 + i): [Member, Buffer] {
  const name = `crate-${String(i).padStart(3, '0')}`;
  const blocks = Array.from({ length: Math.ceil(size / 32) }, (_, n) =>
    createHash('sha256').update(`${name} ${n}`).digest(),
  );
  const content = Buffer.concat(blocks).subarray(0, size);
  return [memberOf(name, content), content];
}

function memberOf(name: string, content: Buffer): Member {
  return {
    url: `https://x.example/${name}-1.0.0.crate`,
    name,
    version: '1.0.0',
    path: `cr/at/${name}-1.0.0.crate`,
    size: content.length,
    sha256: createHash('sha256').update(content).digest('hex'),
  };
}

/** Bundles crates `from` to `to`, ten to a frame. @returns the bundle of each frame */
async function bundle(
  from: number,
  to: number,
  { sizeLimit = 1e9, close = true, folder = openFolder() } = {},
) {
  const writer = new BundleWriter(await folder, { sizeLimit, frameSize: FRAME, onFinished: () => {} });
  const ids: Promise<string>[] = [];
  for (let start = from; start < to; start += 10) {
    const builder = new FrameBuilder(FRAME);
    for (let i = start; i < Math.min(to, start + 10); i++) assert.ok(builder.add(...crate(i)));
    ids.push(writer.append(builder.take()));
  }
  const held = await Promise.all(ids);
  if (close) await writer.close();
  else await writer.abandon();
  return held;
}

const names = (): string[] =>
  readdirSync(directory)
    .filter((name) => !name.startsWith('.'))
    .sort();

/** Every member of every finished bundle, checked by tar, by manifest and by seeking. */
async function contents(): Promise<string[]> {
  const all: string[] = [];
  for (const entry of readCatalog(directory).values()) {
    const path = join(directory, entry.path);
    const bytes = readFileSync(path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    assert.equal(sha256, entry.sha256);
    assert.equal(bytes.length, entry.size);
    assert.equal(readFileSync(`${path}.sha256`, 'utf8'), `${sha256}  ${entry.path}\n`);
    const members = [...readMembers(join(directory, entry.manifest))];
    assert.equal(members.length, entry.entries);
    const seekable = openSeekable(path);
    assert.equal(seekable?.contentSize, entry.tar_size);
    let i = 0;
    for await (const { name, content } of readTar(path)) {
      const member = members[i++];
      assert.equal(name, member?.path);
      const pieces: Buffer[] = [];
      for await (const piece of content) pieces.push(piece);
      const read = Buffer.concat(pieces);
      assert.equal(createHash('sha256').update(read).digest('hex'), member?.sha256);
      assert.deepEqual(Buffer.concat([...(seekable?.read(member?.offset ?? 0, read.length) ?? [])]), read);
      all.push(member?.name ?? '');
    }
    assert.equal(i, members.length);
    seekable?.close();
  }
  return all;
}

const crates = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => crate(from + i)[0].name);

test('members go into one bundle after the other, none larger than the limit, and numbers go on', async () => {
  const ids = await bundle(0, 200, { sizeLimit: 200_000 });
  assert.equal(ids[0], 'bundle-0001');
  assert.equal(ids.at(-1), 'bundle-0004');
  await bundle(200, 210, { sizeLimit: 200_000 });
  assert.deepEqual(await contents(), crates(0, 210));
  const catalog = [...readCatalog(directory).values()];
  assert.deepEqual(
    catalog.map(({ path, bundle, first_crate, last_crate }) => [path, bundle, first_crate, last_crate])[0],
    ['bundle-0001-crate-000-to-crate-059.tar.zst', 'bundle-0001', 'crate-000', 'crate-059'],
  );
  assert.equal(catalog.length, 5);
  for (const { size } of catalog) assert.ok(size <= 200_000, String(size));
  assert.deepEqual(
    names(),
    [
      'bundles.index.jsonl',
      ...catalog.flatMap(({ path, manifest }) => [path, manifest, `${path}.sha256`]),
    ].sort(),
  );
  assert.deepEqual(notes, []);
});

test('a crate larger than a bundle gets one of its own, and spans frames', async () => {
  const [member, content] = crate(500, 300_001);
  writeFileSync(join(root, 'large'), content);
  const writer = new BundleWriter(await openFolder(), {
    sizeLimit: 200_000,
    frameSize: FRAME,
    onFinished: () => {},
  });
  const small = (i: number) => {
    const builder = new FrameBuilder(FRAME);
    builder.add(...crate(i));
    return writer.append(builder.take());
  };
  const ids = [small(1), writer.append({ source: join(root, 'large'), member }), small(2)];
  assert.deepEqual(await Promise.all(ids), ['bundle-0001', 'bundle-0002', 'bundle-0003']);
  await writer.close();
  assert.deepEqual(await contents(), ['crate-001', 'crate-500', 'crate-002']);
});

test('equal input gives equal bytes', async () => {
  await bundle(0, 50);
  const first = readFileSync(join(directory, 'bundle-0001-crate-000-to-crate-049.tar.zst'));
  rmSync(directory, { recursive: true });
  prepare(directory);
  await bundle(0, 50);
  assert.ok(readFileSync(join(directory, 'bundle-0001-crate-000-to-crate-049.tar.zst')).equals(first));
});

test('a second file by a name that a bundle has goes into the next one', async () => {
  const writer = new BundleWriter(await openFolder(), {
    sizeLimit: 1e9,
    frameSize: FRAME,
    onFinished: () => {},
  });
  const ids = ['first', 'second'].map((text) => {
    const content = Buffer.from(text);
    const builder = new FrameBuilder(FRAME);
    builder.add(memberOf('same', content), content);
    return writer.append(builder.take());
  });
  assert.deepEqual(await Promise.all(ids), ['bundle-0001', 'bundle-0002']);
  await writer.close();
  assert.deepEqual(await contents(), ['same', 'same']);
});

test('wherever an unfinished bundle is cut, its whole frames are kept and the rest comes again', async () => {
  await bundle(0, 60, { close: false });
  const partial = join(root, 'cut');
  cpSync(directory, partial, { recursive: true });
  const bundleName = 'bundle-0001.tar.zst.partial';
  const { size } = statSync(join(partial, bundleName));
  const restore = (): void => {
    rmSync(directory, { recursive: true });
    cpSync(partial, directory, { recursive: true });
  };
  for (let cut = 0; cut <= size; cut += 9973) {
    restore();
    truncateSync(join(directory, bundleName), cut);
    const folder = await openFolder();
    const kept =
      folder.held.length === 0
        ? 0
        : [...readMembers(join(directory, 'bundle-0001.manifest.jsonl.partial'))].length;
    assert.equal(kept % 10, 0);
    await bundle(kept, 60, { folder: Promise.resolve(folder) });
    assert.deepEqual(await contents(), crates(0, 60), `cut at ${cut}`);
    assert.equal(readCatalog(directory).size, 1);
  }
});

test('a member that spans frames is kept whole or not at all', async () => {
  const [member, content] = crate(7, 200_000);
  writeFileSync(join(root, 'large'), content);
  await bundle(0, 5, { close: false });
  const before = statSync(join(directory, 'bundle-0001.tar.zst.partial')).size;
  const options = { sizeLimit: 1e9, frameSize: FRAME, onFinished: () => {} };
  const writer = new BundleWriter(await openFolder(), options);
  await writer.append({ source: join(root, 'large'), member });
  await writer.abandon();
  truncateSync(join(directory, 'bundle-0001.tar.zst.partial'), before + 150_000);
  await openFolder();
  assert.equal(statSync(join(directory, 'bundle-0001.tar.zst.partial')).size, before);
});

test('wrong bytes and lost lines end the part that is kept', async () => {
  for (const damage of [
    () => truncateSync(join(directory, 'bundle-0001.manifest.jsonl.partial'), 3000),
    () => appendFileSync(join(directory, 'bundle-0001.tar.zst.partial'), Buffer.alloc(10_000)),
    () => rmSync(join(directory, 'bundle-0001.manifest.jsonl.partial')),
    () => rmSync(join(directory, 'bundle-0001.tar.zst.partial')),
  ]) {
    await bundle(0, 60, { close: false });
    damage();
    const folder = await openFolder();
    const kept =
      folder.held.length === 0
        ? 0
        : [...readMembers(join(directory, 'bundle-0001.manifest.jsonl.partial'))].length;
    assert.equal(kept, damage.toString().includes('append') ? 60 : 0);
    await bundle(kept, 60, { folder: Promise.resolve(folder) });
    assert.deepEqual(await contents(), crates(0, 60));
    rmSync(directory, { recursive: true });
    prepare(directory);
  }
});

test('damage within what was on disk is not cut off: the bundle is set aside', async () => {
  const partial = join(directory, 'bundle-0001.tar.zst.partial');
  const manifest = join(directory, 'bundle-0001.manifest.jsonl.partial');
  for (const [damage, whole] of [
    // Damage within a member, within the frame headers, in the last frame, and in the manifest.
    [() => flipByte(partial, 40_000), 10],
    [() => flipByte(partial, 1), 0],
    [() => flipByte(partial, statSync(partial).size - 20_000), 50],
    [() => flipByte(manifest, statSync(manifest).size >> 1), '[23]0'],
    [() => rmSync(manifest), 0],
  ] as const) {
    await bundle(0, 60, { close: false });
    damage();
    const damaged = readFileSync(partial);
    const folder = await openFolder();
    assert.deepEqual(folder.held, []);
    assert.match(
      notes.join('\n'),
      new RegExp(
        `warn: bundle-0001 is damaged after its first ${whole} members, and not by a kill: check the disk\\. .* kept as bundle-0001\\.tar\\.zst\\.damaged`,
      ),
    );
    assert.deepEqual(await bundle(0, 10, { folder: Promise.resolve(folder) }), ['bundle-0002']);
    assert.deepEqual(readFileSync(join(directory, 'bundle-0001.tar.zst.damaged')), damaged);
    notes = [];
    await openFolder();
    assert.deepEqual(notes, []);
    assert.deepEqual(await contents(), crates(0, 10));
    rmSync(directory, { recursive: true });
    prepare(directory);
  }
});

test('members that were on disk and are nowhere in a bundle any more are reported', async () => {
  await bundle(0, 60, { close: false });
  const partial = join(directory, 'bundle-0001.tar.zst.partial');
  truncateSync(partial, statSync(partial).size >> 1);
  await openFolder();
  assert.match(
    notes.join('\n'),
    /warn: bundle-0001 lacks members that the cache has as on disk \([34]0\): check the disk\./,
  );
});

test('what a power cut tears within what was never flushed is cut off', async () => {
  await bundle(0, 60, { close: false });
  flipByte(join(directory, 'bundle-0001.tar.zst.partial'), 40_000);
  rmSync(mirrorHome(directory).membersDirectory, { recursive: true });
  assert.deepEqual((await openFolder()).held, ['bundle-0001']);
  assert.equal([...readMembers(join(directory, 'bundle-0001.manifest.jsonl.partial'))].length, 10);
});

test('without a ledger that says what was on disk, more than a kill leaves is set aside, not cut off', async () => {
  const partial = join(directory, 'bundle-0001.tar.zst.partial');
  const manifest = join(directory, 'bundle-0001.manifest.jsonl.partial');
  for (const damage of [
    () => flipByte(partial, 40_000),
    () => flipByte(partial, 1),
    () => rmSync(manifest),
  ]) {
    await bundle(0, 60, { close: false });
    const [member, content] = crate(60, 9 << 20);
    writeFileSync(join(root, 'large'), content);
    const options = { sizeLimit: 1e9, frameSize: FRAME, onFinished: () => {} };
    const writer = new BundleWriter(await openFolder(), options);
    await writer.append({ source: join(root, 'large'), member });
    await writer.abandon();
    damage();
    rmSync(mirrorHome(directory).membersDirectory, { recursive: true });
    const damaged = readFileSync(partial);
    assert.deepEqual((await openFolder()).held, [], damage.toString());
    assert.ok(readFileSync(join(directory, 'bundle-0001.tar.zst.damaged')).equals(damaged));
    rmSync(directory, { recursive: true });
    prepare(directory);
  }
});

test('a kill between any two of the last steps loses nothing and doubles nothing', async () => {
  await bundle(0, 20);
  const base = 'bundle-0001-crate-000-to-crate-019';
  const at = (name: string): string => join(directory, name);
  const steps: (() => void)[] = [
    () => rmSync(at('bundles.index.jsonl')),
    () => renameSync(at(`${base}.tar.zst`), at('bundle-0001.tar.zst.partial')),
    () => renameSync(at(`${base}.manifest.jsonl`), at('bundle-0001.manifest.jsonl.partial')),
    () => rmSync(at(`${base}.tar.zst.sha256`)),
  ];
  for (let undone = 1; undone <= steps.length; undone++) {
    for (const undo of steps.slice(0, undone)) undo();
    const folder = await openFolder();
    assert.deepEqual(folder.held, ['bundle-0001']);
    await bundle(20, 20, { folder: Promise.resolve(folder) });
    assert.deepEqual(await contents(), crates(0, 20), `${undone} steps undone`);
    assert.equal(names().length, 4);
  }
});

test('a torn line of the catalog is reported, and the bundle gets another', async () => {
  await bundle(0, 20);
  const catalog = join(directory, 'bundles.index.jsonl');
  truncateSync(catalog, statSync(catalog).size - 20);
  await openFolder();
  assert.deepEqual(notes, ['warn: bundles.index.jsonl:1: no entry of a catalog, passed over']);
  assert.deepEqual(await contents(), crates(0, 20));
});

test('a bundle in no catalog is left alone where a file of it is a pipe, or its .sha256 no line', async (t) => {
  await bundle(0, 20);
  rmSync(join(directory, 'bundles.index.jsonl'));
  const sums = 'bundle-0001-crate-000-to-crate-019.tar.zst.sha256';
  truncateSync(join(directory, sums), 5000);
  await openFolder();
  rmSync(join(directory, sums));
  if (spawnSync('mkfifo', [join(directory, sums)]).status !== 0) {
    t.skip('no mkfifo');
    return;
  }
  await openFolder();
  const leftAlone = 'warn: bundle-0001-crate-000-to-crate-019.tar.zst is in no catalog and left alone';
  assert.deepEqual(notes, [`${leftAlone}: ${sums} has more than a line`, `${leftAlone}: ${sums} is no file`]);
});

test('a bundle by a name that no catalog may have gets no line, which the next run would pass over', async () => {
  await bundle(0, 20);
  const catalog = join(directory, 'bundles.index.jsonl');
  rmSync(catalog);
  for (const name of names())
    renameSync(join(directory, name), join(directory, name.replace('crate-019', 'crate.019')));
  await openFolder();
  assert.equal(existsSync(catalog), false);
  assert.deepEqual(notes, [
    'warn: bundle-0001-crate-000-to-crate.019.tar.zst is in no catalog and left alone: no bundle is called that',
  ]);
});

test('a file that has the last number is reported before a bundle gets one that nobody would find', async () => {
  await bundle(0, 20);
  const stray = join(directory, 'bundle-99999998-a-to-b.tar.zst');
  writeFileSync(stray, '');
  await bundle(20, 30);
  assert.deepEqual([...readCatalog(directory).keys()], [1, 99_999_999]);
  await assert.rejects(openFolder(), { code: 'usage', message: /has the last number .* bundle-99999999$/ });
});

const checked = (number: number): string[] => [
  `info: bundle-000${number}-crate-000-to-crate-019.tar.zst: checking its SHA-256`,
];

function heldOf(folder: BundleFolder, i: number): string | undefined {
  const ledger = new MemberLedger(mirrorHome(directory).membersDirectory, folder.held);
  const { name, path } = crate(i)[0];
  return ledger.find(indexShard(name), path)?.bundle;
}

test('bundles are trusted by size and mtime, and checked by SHA-256 otherwise', async () => {
  await bundle(0, 20);
  await bundle(20, 30);
  const first = join(directory, 'bundle-0001-crate-000-to-crate-019.tar.zst');
  let folder = await openFolder();
  assert.deepEqual(notes, []);
  assert.equal(heldOf(folder, 5), 'bundle-0001');
  assert.equal(heldOf(folder, 25), 'bundle-0002');

  utimesSync(first, 1, 1);
  folder = await openFolder();
  assert.deepEqual(notes.splice(0), checked(1));
  assert.equal(heldOf(folder, 5), 'bundle-0001');
  await openFolder();
  assert.deepEqual(notes, []);

  copyFileSync(first, join(root, 'copy'));
  flipByte(first, 5000);
  folder = await openFolder();
  assert.deepEqual(notes.splice(0), [
    ...checked(1),
    'warn: bundle-0001-crate-000-to-crate-019.tar.zst is damaged: its members are mirrored anew. Once it has been, remove bundle-0001-* and its line in bundles.index.jsonl',
  ]);
  assert.equal(heldOf(folder, 5), undefined);
  assert.equal(heldOf(folder, 25), 'bundle-0002');

  rmSync(first);
  folder = await openFolder();
  assert.deepEqual(notes.splice(0), [
    'warn: bundle-0001-crate-000-to-crate-019.tar.zst is missing: its members are mirrored anew. Once it has been, remove bundle-0001-* and its line in bundles.index.jsonl',
  ]);
  assert.equal(heldOf(folder, 5), undefined);

  copyFileSync(join(root, 'copy'), first);
  folder = await openFolder();
  assert.deepEqual(notes.splice(0), checked(1));
  assert.equal(heldOf(folder, 5), 'bundle-0001');
});

test('a flipped byte that leaves size and mtime alone is found when all is to be verified', async () => {
  await bundle(0, 20);
  const first = join(directory, 'bundle-0001-crate-000-to-crate-019.tar.zst');
  flipByteUnseen(first, 5000);
  const folder = await openFolder(true);
  assert.equal(heldOf(folder, 5), undefined);
});

test('a ledger of other bundles, or none, is made anew from the manifests', async () => {
  await bundle(0, 20);
  await bundle(20, 30);
  rmSync(mirrorHome(directory).membersDirectory, { recursive: true });
  let folder = await openFolder();
  assert.equal(heldOf(folder, 5), 'bundle-0001');
  assert.equal(heldOf(folder, 25), 'bundle-0002');
  // Only hidden files are left in the folder, so the number is used again, with other members.
  for (const name of names()) rmSync(join(directory, name));
  folder = await openFolder();
  await bundle(40, 50, { folder: Promise.resolve(folder) });
  folder = await openFolder();
  assert.equal(heldOf(folder, 5), undefined);
  assert.equal(heldOf(folder, 45), 'bundle-0001');
});

test('a ledger of members that was damaged since the last run is made anew from the manifests', async () => {
  await bundle(0, 20);
  const { membersDirectory } = mirrorHome(directory);
  const shard = join(membersDirectory, indexShard(crate(5)[0].name));
  const { size } = statSync(shard);
  for (const damage of [
    () => truncateSync(shard, size >> 1),
    () => writeFileSync(shard, ''),
    () => flipByteUnseen(shard, size >> 1),
    () => rmSync(shard),
    () => {
      rmSync(shard);
      mkdirSync(join(shard, 'within'), { recursive: true });
    },
  ]) {
    damage();
    const folder = await openFolder();
    assert.deepEqual(notes.splice(0), [`warn: ${membersDirectory} is damaged: made anew from the manifests`]);
    for (let i = 0; i < 20; i++) assert.equal(heldOf(folder, i), 'bundle-0001');
    await openFolder();
    assert.deepEqual(notes, []);
  }
  const inventory = join(membersDirectory, 'holdings.json');
  rmSync(inventory);
  mkdirSync(inventory);
  assert.equal(heldOf(await openFolder(), 5), 'bundle-0001');
  assert.deepEqual(notes.splice(0), checked(1));
  // Killed after a bundle was finished but before its ledger checksum was written, followed by a
  // power failure.
  writeFileSync(
    inventory,
    readFileSync(inventory, 'utf8').replace(/"members_crc32":"\w+"/, '"members_crc32":null'),
  );
  truncateSync(shard, size >> 1);
  assert.equal(heldOf(await openFolder(), 15), 'bundle-0001');
  assert.deepEqual(notes, []);
});

test('what an older version has written down of its bundles is taken, and completed', async () => {
  await bundle(0, 20);
  const inventory = join(mirrorHome(directory).membersDirectory, 'holdings.json');
  const complete = readFileSync(inventory, 'utf8');
  const older = complete.replace(
    /,"(members_crc32":"\w+"|manifest_size":\d+|manifest_mtime_ms":[\d.]+)/g,
    '',
  );
  assert.equal(Object.keys(JSON.parse(older).bundles['bundle-0001']).length, 4);
  writeFileSync(inventory, older);
  assert.equal(heldOf(await openFolder(), 5), 'bundle-0001');
  assert.deepEqual(notes, []);
  assert.equal(readFileSync(inventory, 'utf8'), complete);
});

test('a manifest that was changed or lost is made anew from its bundle, byte for byte', async () => {
  await bundle(0, 20);
  await bundle(20, 40);
  const name = 'bundle-0001-crate-000-to-crate-019.manifest.jsonl';
  const manifest = join(directory, name);
  const original = readFileSync(manifest);
  const { size } = statSync(manifest);
  const misfit = `${name} is not what the catalog says it is`;
  for (const [damage, flaw] of [
    [() => writeFileSync(manifest, ''), misfit],
    [() => truncateSync(manifest, size >> 1), misfit],
    [() => flipByte(manifest, size >> 1), misfit],
    [() => rmSync(manifest), `${name} is missing`],
  ] as const) {
    damage();
    assert.equal(heldOf(await openFolder(), 5), 'bundle-0001');
    const anew = 'made anew from bundle-0001-crate-000-to-crate-019.tar.zst';
    assert.deepEqual(notes.splice(0), [`warn: ${flaw}: ${anew}`]);
    assert.deepEqual(readFileSync(manifest), original);
    await openFolder();
    assert.deepEqual(notes, []);
  }
});

test('a manifest that cannot be made anew is reported by every run until it is put back', async () => {
  await bundle(0, 20);
  const name = 'bundle-0001-crate-000-to-crate-019.manifest.jsonl';
  const manifest = join(directory, name);
  cpSync(manifest, join(root, 'copy'), { preserveTimestamps: true });
  const unknown = 'and cannot be made anew (the URLs of its crate files are not known)';
  const end = 'put it back from a copy of this folder';
  for (const [damage, message] of [
    [() => rmSync(manifest), `warn: ${name} is missing, ${unknown}: ${end}`],
    [
      () => mkdirSync(manifest),
      `warn: ${name} is no file, and cannot be made anew (its name is taken): ${end}`,
    ],
  ] as const) {
    damage();
    for (let run = 0; run < 2; run++) {
      assert.equal(heldOf(await openFolder(), 5), 'bundle-0001');
      assert.deepEqual(notes.splice(0), [message]);
    }
  }
  rmSync(manifest, { recursive: true });
  const urlOf = ({ name, version }: { name: string; version: string }): string =>
    `https://x.example/${name}-${version}.crate`;
  const onNote = (level: string, message: string) => void notes.push(`${level}: ${message}`);
  await BundleFolder.open({ directory, verifyAll: false, urlOf, onNote });
  assert.match(notes.splice(0).join(), /is missing: made anew from/);
  copyFileSync(join(root, 'copy'), manifest);
  await openFolder();
  assert.deepEqual(notes, []);
});

test('a file on its way to its name is where the next run clears up', async () => {
  const { temporaryDirectory } = mirrorHome(directory);
  const folder = await openFolder();
  const writer = new BundleWriter(folder, { sizeLimit: 1e9, frameSize: FRAME, onFinished: () => {} });
  const builder = new FrameBuilder(FRAME);
  builder.add(...crate(1));
  await writer.append(builder.take());
  rmSync(temporaryDirectory, { recursive: true });
  await assert.rejects(writer.close(), /ENOENT.*\.crates-mirror\/tmp\/tmp-[-\w]+\.partial/);
  await writer.abandon();
  mkdirSync(temporaryDirectory);
  const left = join(temporaryDirectory, temporaryName());
  writeFileSync(left, '');
  await openFolder();
  assert.equal(existsSync(left), false);
});

test('a manifest that names an invalid crate, or no place for one, is damaged', async () => {
  for (const [field, wrong] of [
    ['name', '..hostile'],
    ['version', '1'],
    ['path', '../out.crate'],
    ['path', 'cr/at/a\tb.crate'],
    ['path', '.crates-mirror/lock'],
  ] as const) {
    const line = JSON.stringify({ schema_version: 1, ...crate(1)[0], offset: 512, [field]: wrong });
    writeFileSync(join(root, 'manifest'), `${line}\n`);
    assert.throws(() => [...readMembers(join(root, 'manifest'))], /manifest:1: no member of a bundle/, field);
  }
});

test('a manifest that is not the one of the catalog vouches for nothing', async () => {
  await bundle(0, 20);
  const manifest = join(directory, 'bundle-0001-crate-000-to-crate-019.manifest.jsonl');
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replaceAll('x.example', 'other.example'));
  rmSync(mirrorHome(directory).membersDirectory, { recursive: true });
  const folder = await openFolder();
  assert.deepEqual(folder.held, []);
  assert.match(
    notes.at(-1) ?? '',
    /manifest\.jsonl is not what the catalog says it is, and cannot be made anew \(.*\); the content of .* is mirrored again$/,
  );
});

test('a failed write leaves the bundle as it was before', async () => {
  const folder = await openFolder();
  const writer = new BundleWriter(folder, { sizeLimit: 1e9, frameSize: FRAME, onFinished: () => {} });
  const builder = new FrameBuilder(FRAME);
  builder.add(...crate(1));
  await writer.append(builder.take());
  const [member] = crate(2, 100_000);
  writeFileSync(join(root, 'short'), Buffer.alloc(90_000));
  await assert.rejects(
    writer.append({ source: join(root, 'short'), member }),
    /short ends after 90000 of 100000 bytes$/,
  );
  await assert.rejects(writer.close(), /short ends after/);
  await writer.abandon();
  await bundle(0, 0);
  assert.deepEqual(await contents(), ['crate-001']);
});

test('what a flush has failed for is not made good by the next one', async (t) => {
  const handle = await open(root);
  const flush = t.mock.method(Object.getPrototypeOf(handle) as FileHandle, 'datasync');
  await handle.close();
  // A single flush fails: of the manifest or of the bundle, for a batch or (with the small limit)
  // for a full bundle.
  const table = [1e9, 35_000].flatMap((sizeLimit) => [0, 1].map((call) => ({ sizeLimit, call })));
  for (const { sizeLimit, call } of table) {
    const folder = await openFolder();
    const writer = new BundleWriter(folder, { sizeLimit, frameSize: FRAME, onFinished: () => {} });
    const append = (i: number): Promise<string> => {
      const builder = new FrameBuilder(FRAME);
      for (let k = i; k < i + 10; k++) builder.add(...crate(k));
      return writer.append(builder.take());
    };
    await append(0);
    flush.mock.mockImplementationOnce(() => Promise.reject(new Error('EIO')), flush.mock.callCount() + call);
    const ends = await Promise.allSettled([append(10), append(20)]);
    assert.deepEqual(
      ends.map((end) => (end.status === 'rejected' ? String(end.reason) : end.status)),
      ['Error: EIO', 'Error: EIO'],
    );
    await assert.rejects(append(30), /EIO/);
    await assert.rejects(writer.close(), /EIO/);
    await writer.abandon();
    assert.deepEqual(names(), ['bundle-0001.manifest.jsonl.partial', 'bundle-0001.tar.zst.partial']);
    const ledger = new MemberLedger(mirrorHome(directory).membersDirectory, ['bundle-0001']);
    const isKnown = (i: number) => ledger.find(indexShard(crate(i)[0].name), crate(i)[0].path) !== undefined;
    assert.deepEqual([isKnown(0), isKnown(10), isKnown(20)], [true, false, false]);
    rmSync(directory, { recursive: true });
    prepare(directory);
  }
});

test('where a bundle cannot be finished, its members are flushed and remembered all the same', async () => {
  const folder = await openFolder();
  const writer = new BundleWriter(folder, { sizeLimit: 9000, frameSize: FRAME, onFinished: () => {} });
  folder.finish = () => Promise.reject(new Error('no room for the trailer'));
  const append = (i: number): Promise<string> => {
    const builder = new FrameBuilder(FRAME);
    builder.add(...crate(i));
    return writer.append(builder.take());
  };
  // The second and third are one batch; the third needs another bundle.
  const ends = await Promise.allSettled([append(1), append(2), append(3)]);
  assert.deepEqual(
    ends.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected'],
  );
  await writer.abandon();
  const ledger = new MemberLedger(mirrorHome(directory).membersDirectory, ['bundle-0001']);
  for (const i of [1, 2]) {
    const { name, path } = crate(i)[0];
    assert.equal(ledger.find(indexShard(name), path)?.bundle, 'bundle-0001');
  }
});

test('tar, bsdtar and sha256sum read what was written', async (t) => {
  await bundle(0, 30);
  const name = 'bundle-0001-crate-000-to-crate-029.tar.zst';
  const run = (command: string, ...args: string[]): string | undefined => {
    const { error, stdout, stderr, status } = spawnSync(command, args, { cwd: directory, encoding: 'utf8' });
    if (error !== undefined) {
      t.diagnostic(`${command} is not installed`);
      return undefined;
    }
    assert.equal(status, 0, `${command}: ${stderr}`);
    return stdout;
  };
  assert.match(run('sha256sum', '-c', `${name}.sha256`) ?? 'OK', /OK/);
  const paths = `${crates(0, 30)
    .map((one) => `cr/at/${one}-1.0.0.crate`)
    .join('\n')}\n`;
  if (run('zstd', '-tq', name) === undefined) {
    t.skip('zstd is not installed, which tar needs');
    return;
  }
  assert.equal(run('tar', '--zstd', '-tf', name), paths);
  assert.equal(run('tar', '-tf', name), paths);
  assert.equal(run('bsdtar', '-tf', name) ?? paths, paths);
  assert.ok(existsSync(join(directory, 'bundles.index.jsonl')));
});

function flipByte(path: string, offset: number): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ 0xff, offset);
  writeFileSync(path, bytes);
}

/** Imitates a disk error: size and mtime do not change. */
function flipByteUnseen(path: string, offset: number): void {
  const { atime, mtime } = statSync(path);
  flipByte(path, offset);
  utimesSync(path, atime, mtime);
}
