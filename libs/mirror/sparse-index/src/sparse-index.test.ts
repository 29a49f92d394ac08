import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CrateFiles } from '@crates-mirror/crate-files';
import { DirectorySource } from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing';
import { parseLayout } from '@crates-mirror/layout';
import { ChosenTable, NO_RULES, Selection, type SelectionRules } from '@crates-mirror/selection';
import { fixedPolicy, type Policy } from '@crates-mirror/selection/live';
import fc from 'fast-check';
import { keepLines, liveIndex, readStable, SparseIndex, usableLines } from './index.ts';

const FILE = 'se/rd/serde';
let root: string;
let index: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sparse-index-'));
  index = join(root, 'index');
  mkdirSync(join(index, 'se/rd'), { recursive: true });
  mkdirSync(join(root, 'mirror/se/rd'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

async function openIndex(layout = 'cargo', policy?: Policy): Promise<SparseIndex> {
  const mirror = { root: join(root, 'mirror'), layout: parseLayout(layout) };
  const files = new CrateFiles({ mirror, bundlesDirectory: undefined, onNote: () => {} });
  return new SparseIndex(await liveIndex(new DirectorySource(index), true), files, policy);
}

/** A line with an unknown field and unusual white space. */
function lineOf(version: string, body = version): string {
  return `{"name": "serde","vers":"${version}","later":[1.0, "\\u00e9"],"cksum":"${sha256Hex(body)}"}`;
}

function writeIndex(...lines: readonly string[]): void {
  writeFileSync(join(index, FILE), lines.map((line) => `${line}\n`).join(''));
}

function putCrate(version: string, body = version): void {
  writeFileSync(join(root, 'mirror/se/rd', `serde-${version}.crate`), body);
}

/**
 * Stops the clock that determines the age of answers.
 * @returns a function that advances it by some ms
 */
function clock(t: TestContext): (ms: number) => void {
  const start = performance.now();
  let passed = 0;
  t.mock.method(performance, 'now', () => start + passed);
  return (ms) => {
    passed += ms;
  };
}

/** A policy that selects some versions. */
function pinning(...locked: readonly string[]): Selection {
  const chosen = ChosenTable.of(new Map([[FILE, { isNamed: false, locked, needed: [] }]])).memory;
  return new Selection({ rules: { ...NO_RULES, cargoLocks: ['Cargo.lock'] }, chosen, now: 0 });
}

/** A policy that selects everything that is not denied. */
function denying(denied: SelectionRules['denied']): Selection {
  return new Selection({ rules: { ...NO_RULES, includeYanked: true, denied }, chosen: undefined, now: 0 });
}

async function served(sparse: SparseIndex): Promise<string | undefined> {
  return (await sparse.find('serde'))?.bytes.toString();
}

test('only selected versions of the held ones are served, named and listed, as soon as the selection changes', async () => {
  writeIndex(lineOf('1.0.0'), lineOf('1.0.1'), lineOf('2.0.0'));
  for (const version of ['1.0.0', '1.0.1', '2.0.0']) putCrate(version);
  let choice = pinning('1.0.0', '1.0.1');
  const sparse = await openIndex('cargo', { current: async () => choice });
  assert.equal(await served(sparse), `${lineOf('1.0.0')}\n${lineOf('1.0.1')}\n`);
  assert.equal(await sparse.checksumOf('serde', '2.0.0', undefined), undefined);
  assert.equal(await sparse.checksumOf('serde', '1.0.0', undefined), sha256Hex('1.0.0'));
  assert.deepEqual(
    (await sparse.list('serde'))?.map(({ entry }) => entry.version),
    ['1.0.0', '1.0.1'],
  );
  choice = pinning('2.0.0');
  assert.equal(await sparse.checksumOf('serde', '1.0.0', undefined), undefined);
  assert.equal(await sparse.checksumOf('serde', '2.0.0', undefined), sha256Hex('2.0.0'));
  assert.equal(await served(sparse), `${lineOf('2.0.0')}\n`);
  choice = pinning();
  assert.deepEqual([await served(sparse), await sparse.list('serde')], [undefined, undefined]);
});

test('lines of crate files that are there are served byte for byte, all others are not', async () => {
  writeIndex(
    lineOf('1.0.0'),
    'no line at all',
    lineOf('1.0.1'),
    '',
    lineOf('1.0.2'),
    lineOf('1.0.2', 'republished'),
  );
  for (const version of ['1.0.0', '1.0.2']) putCrate(version);
  const sparse = await openIndex();
  assert.equal(
    await served(sparse),
    `${lineOf('1.0.0')}\n`,
    'of 1.0.2 the last line counts, and its file is not there',
  );
  putCrate('1.0.2', 'republished');
  assert.equal(await served(await openIndex()), `${lineOf('1.0.0')}\n${lineOf('1.0.2', 'republished')}\n`);
});

test('a file whose crate files are all there is served as it is', async () => {
  writeIndex(lineOf('1.0.0'), lineOf('1.0.1'));
  putCrate('1.0.0');
  putCrate('1.0.1');
  const answer = await (await openIndex()).find('SERDE');
  assert.equal(answer?.bytes.toString(), `${lineOf('1.0.0')}\n${lineOf('1.0.1')}\n`);
  assert.equal(answer?.tag, sha256Hex(answer.bytes).slice(0, 32));
  assert.equal(answer.checksumOf('1.0.1'), sha256Hex('1.0.1'));
  assert.equal(answer.checksumOf('1.0.2'), undefined);
});

test('an unknown crate, one without crate files, and things that are no index files are not there', async () => {
  const sparse = await openIndex();
  assert.equal(await sparse.find('serde'), undefined);
  writeIndex(lineOf('1.0.0'));
  assert.equal(await served(await openIndex()), undefined);
  assert.equal((await (await openIndex()).list('serde'))?.length, 1);
  writeFileSync(join(index, 'se/rd/blank'), '\n\n');
  assert.equal(await (await openIndex()).find('blank'), undefined);
  writeFileSync(join(root, 'secret'), lineOf('1.0.0').replace('serde', 'linked'));
  symlinkSync(join(root, 'secret'), join(index, 'se/rd/linked'));
  assert.equal(await (await openIndex()).list('linked'), undefined);
  execFileSync('mkfifo', [join(index, 'se/rd/pipe')]);
  assert.equal(await (await openIndex()).list('pipe'), undefined);
  mkdirSync(join(index, 'se/rd/directory'));
  assert.equal(await (await openIndex()).list('directory'), undefined);
});

test('where the index has gone, or a file of it cannot be read, nobody learns that a crate is unknown', async (t) => {
  writeFileSync(join(index, 'config.json'), '{}');
  writeIndex(lineOf('1.0.0'));
  putCrate('1.0.0');
  const sparse = await openIndex();
  t.mock.method(fs, 'open', async () => {
    throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
  });
  syncBuiltinESMExports();
  await assert.rejects(sparse.find('serde'), { code: 'unreadable' });
  t.mock.restoreAll();
  syncBuiltinESMExports();
  renameSync(index, join(root, 'unmounted'));
  mkdirSync(index);
  await assert.rejects(sparse.find('serde'), { code: 'unreadable' });
  await assert.rejects(sparse.list('serde'), { code: 'unreadable' });
  rmSync(index, { recursive: true });
  renameSync(join(root, 'unmounted'), index);
  assert.equal(await served(sparse), `${lineOf('1.0.0')}\n`);
  assert.equal(await sparse.find('unknown'), undefined);
});

test('changes show within a second or two: a new file, a new line, a file and a line that go', async (t) => {
  const pass = clock(t);
  writeIndex(lineOf('1.0.0'));
  putCrate('1.0.0');
  const sparse = await openIndex();
  const lines = async (): Promise<number> => (await served(sparse))?.trim().split('\n').length ?? 0;
  assert.equal(await lines(), 1);
  const first = await sparse.find('serde');
  assert.equal(await sparse.find('serde'), first, 'the same answer again');
  writeIndex(lineOf('1.0.0'), lineOf('1.0.1'));
  assert.equal(await lines(), 1, 'for a second');
  pass(1010);
  assert.equal(await lines(), 1, 'its crate file is not there');
  putCrate('1.0.1');
  pass(1010);
  assert.equal(await lines(), 2);
  rmSync(join(root, 'mirror/se/rd/serde-1.0.0.crate'));
  pass(1010);
  assert.equal(await lines(), 1);
  rmSync(join(index, FILE));
  pass(1010);
  assert.equal(await lines(), 0);
});

test('an answer is kept as long as nothing has changed', async (t) => {
  const pass = clock(t);
  writeIndex(lineOf('1.0.0'));
  putCrate('1.0.0');
  for (const path of [join(index, FILE), join(root, 'mirror/se/rd')]) utimesSync(path, 1, 1);
  // Recent changes are not trusted, and the files' ctime is now.
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 2100 });
  const sparse = await openIndex();
  const first = await sparse.find('serde');
  pass(1010);
  assert.equal(await sparse.find('serde'), first);
  putCrate('1.0.1');
  pass(1010);
  assert.notEqual(await sparse.find('serde'), first, 'its directory has changed');
});

test('the index names a version by its checksum whether its crate file is held or not, until its line goes', async (t) => {
  const pass = clock(t);
  writeIndex(lineOf('1.0.0'), lineOf('1.0.1'), lineOf('1.0.2'), lineOf('1.0.2', 'anew'));
  putCrate('1.0.0');
  const sparse = await openIndex();
  const named = (version: string): Promise<string | undefined> =>
    sparse.checksumOf('serde', version, undefined);
  assert.equal(await named('1.0.0'), sha256Hex('1.0.0'));
  assert.equal(await named('1.0.1'), sha256Hex('1.0.1'), 'not held');
  assert.equal(await named('1.0.2'), sha256Hex('anew'), 'of two lines the last counts');
  assert.equal(await named('1.0.3'), undefined);
  assert.equal(await sparse.checksumOf('unknown', '1.0.0', undefined), undefined);
  writeIndex(lineOf('1.0.1', 'anew'));
  assert.equal(await named('1.0.0'), sha256Hex('1.0.0'), 'for a second');
  assert.equal(
    await sparse.checksumOf('serde', '1.0.1', sha256Hex('anew')),
    sha256Hex('anew'),
    'a look anew',
  );
  pass(1010);
  assert.equal(await named('1.0.0'), undefined);
  assert.equal(await sparse.checksumOf('serde', '1.0.1', sha256Hex('1.0.1')), sha256Hex('anew'));
  rmSync(join(index, FILE));
  pass(1010);
  assert.equal(await named('1.0.1'), undefined);
});

test('denied versions stay in the index as yanked, held or not, at once; nothing else changes', async () => {
  writeIndex(lineOf('1.0.0'), lineOf('1.0.1'), lineOf('1.0.2'), lineOf('1.0.3'));
  for (const version of ['1.0.0', '1.0.1']) putCrate(version);
  let policy = denying([]);
  const sparse = await openIndex('cargo', { current: async () => policy });
  assert.equal(await served(sparse), `${lineOf('1.0.0')}\n${lineOf('1.0.1')}\n`);
  policy = denying([{ crate: 'Serde', versions: ['1.0.1', '1.0.2'], reason: 'r', since: undefined }]);
  const lines = (await served(sparse))?.trimEnd().split('\n') ?? [];
  assert.equal(lines[0], lineOf('1.0.0'));
  assert.deepEqual(
    lines.slice(1).map((line) => JSON.parse(line)),
    ['1.0.1', '1.0.2'].map((version) => ({ ...JSON.parse(lineOf(version)), yanked: true })),
  );
  assert.deepEqual(
    (await sparse.list('serde'))?.map(({ place, denial }) => [place !== undefined, denial?.reason]),
    [
      [true, undefined],
      [false, 'r'],
      [false, 'r'],
      [false, undefined],
    ],
  );
  assert.equal(await sparse.checksumOf('serde', '1.0.3', undefined), sha256Hex('1.0.3'));
  policy = denying([]);
  assert.equal(await served(sparse), `${lineOf('1.0.0')}\n${lineOf('1.0.1')}\n`);
});

test('a file larger than the policy allows is not served, named or listed, though it is held', async () => {
  writeIndex(lineOf('1.0.0'), lineOf('1.0.1', 'a longer crate file'));
  putCrate('1.0.0');
  putCrate('1.0.1', 'a longer crate file');
  const rules = { ...NO_RULES, maxSize: 10 };
  const sparse = await openIndex('cargo', fixedPolicy({ rules, chosen: undefined, now: 0 }));
  assert.equal(await served(sparse), `${lineOf('1.0.0')}\n`);
  assert.equal(await sparse.checksumOf('serde', '1.0.1', undefined), undefined);
  assert.equal((await sparse.list('serde'))?.length, 1);
});

test('denied versions of a crate that is not selected are not in the index', async () => {
  writeIndex(lineOf('1.0.0'), lineOf('1.0.1'));
  putCrate('1.0.0');
  const denied = [{ crate: 'serde', versions: '=1.0.1', reason: 'r', since: undefined }];
  const rules = { ...NO_RULES, include: ['other'], denied };
  const sparse = await openIndex('cargo', fixedPolicy({ rules, chosen: undefined, now: 0 }));
  assert.deepEqual([await served(sparse), await sparse.list('serde')], [undefined, undefined]);
});

test('git at work: a file that is missing or torn for a moment is waited for', async (t) => {
  clock(t);
  mkdirSync(join(index, '.git'));
  writeFileSync(join(index, '.git/index.lock'), '');
  setTimeout(() => writeFileSync(join(index, FILE), lineOf('1.0.0')), 60);
  setTimeout(() => writeIndex(lineOf('1.0.0')), 120);
  assert.equal((await readStable(index, FILE))?.content.toString(), `${lineOf('1.0.0')}\n`);
  writeFileSync(join(index, FILE), 'torn');
  setTimeout(() => rmSync(join(index, '.git/index.lock')), 60);
  assert.equal((await readStable(index, FILE))?.content.toString(), 'torn', 'git is done: so it is');
  renameSync(join(index, FILE), join(index, 'se/rd/other'));
  assert.equal(await readStable(index, FILE), undefined);
});

test('git at work for long: nobody knows whether a missing file is to go; a lock left behind says nothing', async (t) => {
  const pass = clock(t);
  const lock = join(index, '.git/index.lock');
  mkdirSync(join(index, '.git'));
  writeFileSync(lock, '');
  for (const torn of [undefined, lineOf('1.0.0')]) {
    if (torn !== undefined) writeFileSync(join(index, FILE), torn);
    setTimeout(() => pass(2010), 60);
    await assert.rejects(readStable(index, FILE), {
      code: 'unreadable',
      message: / is missing or torn while git updates the index$/,
    });
  }
  const hourAgo = Date.now() / 1000 - 3600;
  utimesSync(lock, hourAgo, hourAgo);
  assert.equal((await readStable(index, FILE))?.content.toString(), lineOf('1.0.0'));
});

test('the time of change is that of the file or of what it depends on, whichever is later', async () => {
  writeIndex(lineOf('1.0.0'));
  await sleep(20);
  putCrate('1.0.0');
  const { ctimeMs } = statSync(join(root, 'mirror/se/rd'));
  assert.equal((await (await openIndex()).find('serde'))?.lastModified, ctimeMs);
});

test('keeping some lines of any file keeps their bytes and their order', () => {
  const version = fc.tuple(fc.nat(9), fc.nat(9)).map(([a, b]) => `${a}.${b}.0`);
  const line = fc.oneof(
    { weight: 4, arbitrary: version.map((one) => lineOf(one)) },
    { weight: 1, arbitrary: fc.string().filter((text) => !text.includes('\n')) },
  );
  fc.assert(
    fc.property(fc.array(line), fc.boolean(), fc.func(fc.boolean()), (lines, isTorn, isKept) => {
      const content = Buffer.from(lines.join('\n') + (isTorn ? '' : '\n'));
      const { entries, isAll } = usableLines(content, FILE);
      const kept = entries.filter((entry) => isKept(entry.version));
      const text = keepLines(content, kept).toString();
      const expected = kept.map((entry) => lineOf(entry.version));
      assert.deepEqual(text.split('\n').filter(Boolean), expected);
      if (isAll) assert.equal(entries.length, lines.filter((one) => one.trim() !== '').length);
    }),
  );
});
