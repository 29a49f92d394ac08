import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { encodeRecord } from '../record.ts';
import { ChunkReader, crc32, newChunk } from './chunk.ts';
import { type EncodedSection, encodeSection, type Section, type UnchangedCrate } from './section.ts';
import { ANY_IN_PATH, ANY_IN_URL, type CrateTemplates } from './template.ts';
import { UnchangedFile } from './unchanged-file.ts';

const NOW = '2026-11-24T01:02:03.004Z';
const STATE = { key: [7, 1700000000123.25, 1700000000124.5, 9007199254740991] } as const;
let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'unchanged-'));
  mkdirSync(join(directory, 'tmp'));
  path = join(directory, 'unchanged');
});
afterEach(() => rmSync(directory, { recursive: true }));

type Form = (crate: { readonly version: string; readonly sha256: string }) => string;

function templates(name: string, pathOf: Form, urlOf: Form): CrateTemplates {
  return { name, path: pathOf(ANY_IN_PATH), url: urlOf(ANY_IN_URL) };
}

function open(key = 'key'): UnchangedFile {
  return new UnchangedFile(path, { temporaryDirectory: join(directory, 'tmp'), key });
}

/** Writes a file with one chunk for each list of sections. */
function write(...chunks: readonly (readonly EncodedSection[])[]): void {
  const file = open();
  for (const sections of chunks) file.add(newChunk(sections));
  file.commit();
  file.close();
}

/** All sections of some index files. */
function read(files: readonly string[], key = 'key') {
  const file = open(key);
  const chunks = file.chunksOf(files);
  file.close();
  return new ChunkReader(path).read(chunks).map(({ section }) => section);
}

function section(file: string, versions = ['1.0.0'], name = 'a'): EncodedSection {
  const crates = versions.map((version) => ({ version, size: 5, mtimeMs: 6, sha256: 'ab'.repeat(32) }));
  const of = templates(
    name,
    ({ version }) => `p/${name}-${version}`,
    ({ version }) => `https://x/${version}`,
  );
  return encodeSection(file, STATE, of, crates) as EncodedSection;
}

/** Copies the pieces, because each is valid only until the next one. */
function piecesOf(found: Section | undefined): string[] {
  const pieces: string[] = [];
  for (const lines of found?.records(NOW) ?? []) pieces.push(lines.toString());
  return pieces;
}

const number = fc.integer({ min: 0, max: 30 }).map(String);
const version = fc
  .tuple(number, number, number, fc.constantFrom('', '-rc.1', '+build.7', '-a+b', `+${'long.'.repeat(500)}`))
  .map(([a, b, c, rest]) => `${a}.${b}.${c}${rest}`);
const digest = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const crate: fc.Arbitrary<UnchangedCrate> = fc.record({
  version,
  size: fc.oneof(fc.nat({ max: 12 }), fc.maxSafeNat()),
  mtimeMs: fc.double({ min: 0, max: 2e12, noNaN: true }),
  sha256: digest,
});
const form = fc.constantFrom<[Form, Form]>(
  [({ version: v }) => `se/rd/serde-${v}.crate`, ({ version: v }) => `https://127.0.0.1:1/serde-${v}.crate`],
  [
    ({ version: v, sha256 }) => `${sha256}/sérde/${v}/${v}.crate`,
    ({ version: v, sha256 }) => `https://x.example/${v}/${sha256}?${v}`,
  ],
);

test('paths and records are those of each version, whatever the layout and the base URL', () => {
  fc.assert(
    fc.property(fc.array(crate, { minLength: 1, maxLength: 40 }), form, (crates, [pathOf, urlOf]) => {
      const encoded = encodeSection('se/rd/serde', STATE, templates('serde', pathOf, urlOf), crates);
      write([section('se/rd/serd'), encoded as EncodedSection, section('se/rd/serdf')]);
      const [, found] = read(['se/rd/serde']);
      assert.ok(found?.file === 'se/rd/serde' && found.count === crates.length && found.isOf(STATE));
      assert.deepEqual(found.paths(), crates.map(pathOf));
      for (const [i, { size, mtimeMs }] of crates.entries()) {
        assert.ok(found.isAt(i, { size, mtimeMs }));
        assert.ok(
          !found.isAt(i, { size: size + 1, mtimeMs }) && !found.isAt(i, { size, mtimeMs: mtimeMs + 1 }),
        );
      }
      const expected = crates.map(({ version: v, size, sha256 }) =>
        encodeRecord({
          url: urlOf({ version: v.replaceAll('+', '%2B'), sha256 }),
          name: 'serde',
          version: v,
          path: pathOf({ version: v, sha256 }),
          storage: 'filesystem',
          bundle_path: null,
          bundle_file: null,
          bundle_member: null,
          size,
          sha256,
          started_at: NOW,
          finished_at: NOW,
          status: 'existing',
          retries: 0,
          error: null,
        }),
      );
      assert.equal(piecesOf(found).join(''), expected.join(''));
    }),
    { numRuns: 200 },
  );
});

test('thousands of versions, of which the records do not fit into one piece', () => {
  const versions = Array.from({ length: 10_000 }, (_, i) => `0.${i}.0`);
  write([section('1/a', versions)]);
  const [found] = read(['1/a']);
  assert.deepEqual(
    found?.paths(),
    versions.map((v) => `p/a-${v}`),
  );
  const pieces = piecesOf(found);
  assert.ok(pieces.length > 1);
  const lines = pieces.join('').trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).version),
    versions,
  );
});

test('an index file is another one once its size, a time or its inode is', () => {
  write([section('1/a')]);
  const [found] = read(['1/a']);
  assert.equal(found?.isOf({ ...STATE }), true);
  for (let i = 0; i < STATE.key.length; i++) {
    const [a, b, c, d] = STATE.key.map((number, at) => (at === i ? number - 1 : number)) as [
      number,
      number,
      number,
      number,
    ];
    assert.equal(found?.isOf({ key: [a, b, c, d] }), false, `${i}`);
  }
});

test('what this form cannot express is left out', () => {
  const of = (url: string, repeat = 1): EncodedSection | undefined =>
    encodeSection(
      '1/a',
      STATE,
      templates(
        'a',
        ({ version: v }) => v,
        ({ version: v }) => `${url}${v.repeat(repeat)}`,
      ),
      [],
    );
  assert.ok(of('https://x/', 20));
  assert.equal(of('https://x/"'), undefined);
  assert.equal(of('https://x/\\u0001'), undefined);
  assert.equal(of('https://x/', 40), undefined);
  assert.equal(of(`https://x/${'y'.repeat(70_000)}`), undefined);
});

test('only chunks that may have an index file are read', () => {
  write(
    [section('se/rd/serde'), section('se/a/b')],
    [section('se/rd/serde-x')],
    [section('sy/n/syn')],
    [section('se/zz/z')],
  );
  const files = (...asked: string[]): string[] => read(asked).map(({ file }) => file);
  assert.deepEqual(files('se/rd/serde'), ['se/rd/serde', 'se/a/b']);
  assert.deepEqual(files('se/rd/serdf', 'se/rd/serde-a'), ['se/rd/serde-x']);
  assert.deepEqual(files('se/zz/z', 'se/rd/serde-x'), ['se/rd/serde-x', 'se/zz/z']);
  assert.deepEqual(files('sy/n/syn'), ['sy/n/syn']);
  assert.deepEqual(files('xx/a'), []);
});

test('chunks of before are kept beside new ones; without anything new, the file is left alone', () => {
  write([section('1/a')], [section('1/b'), section('1/c')], [section('1/d')]);
  const ino = statSync(path).ino;
  const same = open();
  for (const chunk of same.chunksOf(['1/a', '1/d'])) same.keep(chunk);
  same.commit();
  same.close();
  assert.equal(statSync(path).ino, ino);

  const next = open();
  const [a, bc] = next.chunksOf(['1/a', '1/d']) as [never, never];
  next.keep(a);
  next.add(newChunk([section('1/d', ['2.0.0'])]));
  next.keep(bc);
  next.commit();
  next.close();
  assert.deepEqual(
    read(['1/a', '1/z']).map(({ file }) => file),
    ['1/a', '1/b', '1/c', '1/d'],
  );
  assert.match(piecesOf(read(['1/d'])[0]).join(''), /"version":"2\.0\.0"/);
});

test('a run that does not get to its end leaves the file, and nothing else', () => {
  write([section('1/a')]);
  const stopped = open();
  stopped.add(newChunk([section('1/b')]));
  stopped.close();
  assert.deepEqual(readdirSync(join(directory, 'tmp')), []);
  assert.deepEqual(
    read(['1/a', '1/b']).map(({ file }) => file),
    ['1/a'],
  );
});

test('a section that is damaged, cut short, of another key or absent counts for nothing', () => {
  assert.deepEqual(read(['1/a']), []);
  write([section('1/a')], [section('1/b')]);
  const whole = readFileSync(path);
  const before = new Map(read(['1/a', '1/b']).map((found) => [found.file, piecesOf(found).join('')]));
  assert.equal(before.size, 2);
  assert.deepEqual(read(['1/a', '1/b'], 'another'), []);
  for (const length of [0, 3, 100, whole.length - 1]) {
    writeFileSync(path, whole.subarray(0, length));
    assert.deepEqual(read(['1/a', '1/b']), [], `${length}`);
  }
  for (let at = 0; at < whole.length; at += 3) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] as number) ^ 0xff;
    writeFileSync(path, damaged);
    for (const found of read(['1/a', '1/b'])) assert.equal(piecesOf(found).join(''), before.get(found.file));
  }
  rmSync(path);
  mkdirSync(path);
  assert.deepEqual(read(['1/a']), []);
});

test('a table that is whole and makes no sense counts for nothing', () => {
  write([section('1/a')]);
  const whole = readFileSync(path);
  const tableLength = whole.readUInt32LE(whole.length - 8);
  const chunks = whole.subarray(0, whole.length - 8 - tableLength);
  const table = JSON.parse(whole.toString('utf8', chunks.length, whole.length - 8));
  const [row] = table.chunks as [unknown[]];
  for (const other of [
    row.with(0, 8),
    row.with(0, -8),
    row.with(1, 1e13),
    row.with(1, chunks.length - 4),
    row.with(4, 7),
    [],
  ]) {
    const text = Buffer.from(JSON.stringify({ ...table, chunks: [other] }));
    const trailer = Buffer.alloc(8);
    trailer.writeUInt32LE(text.length);
    trailer.writeUInt32LE(crc32(text), 4);
    writeFileSync(path, Buffer.concat([chunks, text, trailer]));
    assert.deepEqual(read(['1/a']), [], JSON.stringify(other));
  }
});

test('a chunk whose numbers make no sense has nothing', () => {
  const whole = section('1/a');
  for (let field = 5; field <= 8; field++) {
    for (const value of [0, -1, 1.5, 1e9, Number.NaN]) {
      const bytes = Buffer.from(whole.bytes);
      bytes.writeDoubleLE(value, field * 8);
      write([{ file: '1/a', bytes }]);
      assert.deepEqual(read(['1/a']), [], `${value} in ${field}`);
    }
  }
});

test('a pipe in its place is not waited for', (t) => {
  if (spawnSync('mkfifo', [path]).status !== 0) return t.skip('needs mkfifo');
  // Opening a pipe without a writer would block the whole process.
  const module = new URL('./unchanged-file.ts', import.meta.url).href;
  const program = `import { UnchangedFile } from ${JSON.stringify(module)};
    const file = new UnchangedFile(${JSON.stringify(path)}, { temporaryDirectory: '', key: '' });
    console.log(file.chunksOf(['1/a']));`;
  const opened = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    timeout: 240_000,
  });
  assert.deepEqual([opened.stderr, opened.stdout, opened.signal], ['', '[]\n', null]);
});

test('a chunk that was cut short meanwhile is not kept', () => {
  write([section('1/a')], [section('1/b')]);
  const file = open();
  const [a, b] = file.chunksOf(['1/a', '1/b']) as [never, never];
  file.keep(a);
  file.add(newChunk([section('1/c')]));
  truncateSync(path, 20);
  assert.throws(() => file.keep(b), /unchanged is shorter than it was/);
  file.close();
});
