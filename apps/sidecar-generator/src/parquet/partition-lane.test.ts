import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { DirectorySource } from '@crates-mirror/crates-index';
import { plainSelection, selectorOf } from '@crates-mirror/selection';
import fc from 'fast-check';
import { parquetReadObjects } from 'hyparquet';
import type { FromLane } from '../lane/protocol.ts';
import { PartitionLane } from './partition-lane.ts';

const CKSUM = 'a'.repeat(64);
const OLD = new Date('2020-01-01T00:00:00Z');

interface Place {
  readonly root: string;
  put(path: string, ...lines: string[]): void;
  run(files: readonly string[], unreadable?: readonly string[], hasRaw?: boolean): Promise<FromLane>;
  rows(partition: string): Promise<Record<string, unknown>[]>;
}

function place(t: TestContext): Place {
  const root = mkdtempSync(join(tmpdir(), 'partition-'));
  t.after(() => rmSync(root, { recursive: true }));
  const directory = join(root, 'out');
  mkdirSync(directory);
  mkdirSync(join(root, 'index'));
  return {
    root,
    put(path, ...lines) {
      mkdirSync(dirname(join(root, 'index', path)), { recursive: true });
      writeFileSync(join(root, 'index', path), lines.map((line) => `${line}\n`).join(''));
    },
    async run(files, unreadable = [], hasRaw = false) {
      const selector = await selectorOf(plainSelection(true));
      const index = new DirectorySource(join(root, 'index'));
      const lane = new PartitionLane(
        { directory, place: directory, known: undefined, hasRaw, level: 3 },
        index,
        selector,
      );
      return lane.process({ kind: 'index', files, most: undefined, unreadable });
    },
    rows(partition) {
      const bytes = readFileSync(join(directory, `${partition}.parquet`));
      const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
      const compressors = { ZSTD: (page: Uint8Array) => zstdDecompressSync(page) };
      return parquetReadObjects({ file, compressors });
    },
  };
}

function line(name: string, vers: string, more: object = {}): string {
  return JSON.stringify({ name, vers, deps: [], cksum: CKSUM, features: {}, yanked: false, ...more });
}

test('what a line says is what its row says, whatever is in it', async (t) => {
  const { put, run, rows } = place(t);
  const text = fc.string({ unit: 'binary', maxLength: 12 });
  const texts = fc.array(text, { maxLength: 4 });
  const optional = fc.option(text, { nil: null });
  const dependency = fc.record({
    ...{ name: text, req: text, features: texts, optional: fc.boolean(), default_features: fc.boolean() },
    ...{
      target: optional,
      kind: fc.constantFrom('normal', 'dev', 'build'),
      registry: optional,
      package: optional,
    },
  });
  const features = fc.dictionary(fc.oneof(text, fc.constantFrom('__proto__', '0', 'key', 'value')), texts, {
    maxKeys: 5,
  });
  const fields = fc.record({
    ...{
      deps: fc.array(dependency, { maxLength: 5 }),
      features,
      features2: fc.option(features, { nil: null }),
    },
    ...{
      links: optional,
      rust_version: optional,
      yanked: fc.boolean(),
      v: fc.option(fc.integer(), { nil: null }),
    },
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fields, { minLength: 1, maxLength: 4 }), async (versions) => {
      put('se/rd/serde', ...versions.map((one, i) => line('serde', `1.0.${i}`, one)));
      assert.deepEqual((await run(['se/rd/serde'])).problems, []);
      const found = await rows('se');
      assert.deepEqual(
        found.map(({ features, features2, ...rest }) => ({
          ...rest,
          features: asObject(features),
          features2: asObject(features2),
        })),
        versions.map(plain).map(({ features, features2, ...rest }, i) => ({
          ...{ name: 'serde', vers: `1.0.${i}`, line: i + 1, cksum: CKSUM, pubtime: null },
          ...rest,
          ...{ features: asObject(features), features2: asObject(features2) },
        })),
      );
    }),
    { numRuns: 40 },
  );
});

/** Removes the prototypes of fast-check's objects. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** hyparquet returns a map as an object, which cannot have a member `__proto__`. */
function asObject(map: unknown): unknown {
  return map === null || map === undefined
    ? null
    : Object.entries(map)
        .filter(([key]) => key !== '__proto__')
        .sort();
}

test('fields that are not as cargo defines them are reported, and the row is there with the rest', async (t) => {
  const { put, run, rows } = place(t);
  put(
    'se/rd/serde',
    line('serde', '1.0.0', { deps: null, features: null, yanked: null, pubtime: '2026-01-31T12:00:00Z' }),
    line('serde', '1.0.1', {
      deps: [{ name: 'a', features: null, kind: null }, { req: '1' }, 7],
      features: { f: 'x' },
    }),
    line('serde', '1.0.2', {
      deps: {},
      v: 1e10,
      links: 5,
      rust_version: [],
      pubtime: 'yesterday',
      features2: [],
    }),
  );
  const { problems, counts } = await run(['se/rd/serde']);
  assert.equal(counts.fresh, 3);
  const reported = problems.map(
    ({ line: number, message, count }) => `${number} ${/"(\w+)"/.exec(message)?.[1]} ${count}`,
  );
  const third = ['deps', 'v', 'links', 'rust_version', 'pubtime', 'features2'].map((field) => `3 ${field} 0`);
  assert.deepEqual(reported.sort(), ['2 deps 0', '2 features 0', ...third].sort());
  const [first, second, last] = await rows('se');
  assert.deepEqual(
    [first?.['deps'], first?.['yanked'], first?.['pubtime']],
    [[], false, new Date('2026-01-31T12:00:00Z')],
  );
  const { name, req, features, kind, default_features } =
    (second?.['deps'] as Record<string, unknown>[] | undefined)?.[0] ?? {};
  assert.deepEqual([name, req, features, kind, default_features], ['a', '', [], 'normal', true]);
  assert.deepEqual(
    [last?.['v'], last?.['links'], last?.['rust_version'], last?.['pubtime']],
    [null, null, null, null],
  );
});

test('only the partition that has changed is written, and no line twice', async (t) => {
  const { root, put, run, rows } = place(t);
  const files = ['ab/cd/abcd', 'se/rd/serde'];
  put('ab/cd/abcd', line('abcd', '1.0.0'));
  put(
    'se/rd/serde',
    line('serde', '1.0.0'),
    line('serde', '1.0.1'),
    line('serde', '1.0.1', { yanked: true }),
  );
  const first = await run(files);
  assert.deepEqual(first.partitions, [
    ['ab', 'written'],
    ['se', 'written'],
  ]);
  assert.deepEqual([first.counts.fresh, first.counts.duplicates, first.counts.lines], [3, 1, 4]);
  assert.deepEqual(
    (await rows('se')).map((row) => [row['vers'], row['line'], row['yanked']]),
    [
      ['1.0.0', 1, false],
      ['1.0.1', 3, true],
    ],
  );
  const paths = ['ab', 'se'].map((name) => join(root, 'out', `${name}.parquet`));
  for (const path of paths) utimesSync(path, OLD, OLD);
  put('se/rd/serde', line('serde', '1.0.0'));
  const second = await run(files);
  assert.deepEqual(second.partitions, [
    ['ab', 'unchanged'],
    ['se', 'written'],
  ]);
  assert.deepEqual([second.counts.unchanged, second.counts.changed], [1, 1]);
  assert.deepEqual(
    paths.map((path) => statSync(path).mtime.getTime() === OLD.getTime()),
    [true, false],
  );
  assert.deepEqual(readdirSync(join(root, 'out')).sort(), ['ab.parquet', 'se.parquet']);
});

test('a partition that is damaged, or of other options, is written anew', async (t) => {
  const { root, put, run, rows } = place(t);
  put('se/rd/serde', line('serde', '1.0.0'));
  const path = join(root, 'out/se.parquet');
  await run(['se/rd/serde']);
  const { size } = statSync(path);
  for (const length of [0, 3, size >> 1, size - 1]) {
    truncateSync(path, length);
    assert.deepEqual((await run(['se/rd/serde'])).partitions, [['se', 'written']]);
    assert.equal(statSync(path).size, size);
  }
  assert.deepEqual((await run(['se/rd/serde'], [], true)).partitions, [['se', 'written']]);
  assert.deepEqual((await rows('se'))[0]?.['raw'], line('serde', '1.0.0'));
});

test('a partition stays where index files cannot be read, are empty or make no sense', async (t) => {
  const { root, put, run } = place(t);
  const good = [line('serde', '1.0.0'), line('serde', '1.0.1')];
  put('se/rd/serde', ...good);
  put('se/a_/sea_', line('sea_', '1.0.0'));
  const files = ['se/a_/sea_', 'se/rd/serde'];
  await run(files);
  const before = readFileSync(join(root, 'out/se.parquet'));
  const cases: [string, () => void, string[]?][] = [
    ['empty', () => put('se/rd/serde')],
    ['no entry at all', () => put('se/rd/serde', '{"name":', 'x')],
    ['a line less, and one that makes no sense', () => put('se/rd/serde', line('serde', '1.0.0'), '{"name"')],
    ['gone, since its directory cannot be listed', () => put('se/rd/serde', line('serde', '2.0.0')), ['se']],
    ['gone before it is read', () => rmSync(join(root, 'index/se/rd/serde'))],
  ];
  for (const [what, change, unreadable] of cases) {
    change();
    const { partitions, problems, counts } = await run(files, unreadable);
    assert.deepEqual(partitions, [['se', 'kept']], what);
    assert.equal(counts.unchanged, 3, what);
    assert.ok(
      problems.some(({ message, count }) => count === 1 && /^stays as it was/.test(message)),
      what,
    );
    assert.ok(readFileSync(join(root, 'out/se.parquet')).equals(before), what);
  }
  put('se/rd/serde', ...good, line('serde', '1.0.2'), '{"name"');
  assert.deepEqual((await run(files)).partitions, [['se', 'written']]);
});

test('where there is no partition yet, what can be read is written', async (t) => {
  const { put, run, rows } = place(t);
  put('se/rd/serde', line('serde', '1.0.0'), 'x');
  const { partitions, problems } = await run(['se/a_/sea_', 'se/rd/serde'], ['se']);
  assert.deepEqual(partitions, [['se', 'written']]);
  assert.equal(problems.length, 2);
  assert.equal((await rows('se')).length, 1);
});
