import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { mountSmallDisk } from '../support/small-disk.ts';
import { REPOSITORY, scratch } from '../support/tools.ts';
import { CKSUM, generator, line, writeIndex } from './sidecar-tools.ts';

const PARQUET = ['--output-mode', 'parquet', '--include-yanked'];
const OLD = new Date('2020-01-01T00:00:00Z');

interface Database {
  /** Rows as text, in order. */
  query(sql: string): Promise<string[]>;
}

/**
 * DuckDB, an independent reader.
 *
 * @returns undefined, with the test skipped, if there is none for this machine
 */
async function openDuckDb(t: TestContext): Promise<Database | undefined> {
  let duckdb: typeof import('@duckdb/node-api');
  try {
    duckdb = await import('@duckdb/node-api');
  } catch (error) {
    t.skip(`DuckDB cannot be loaded: ${String(error)}`);
    return undefined;
  }
  const instance = await duckdb.DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  t.after(() => {
    connection.closeSync();
    instance.closeSync();
  });
  return {
    query: async (sql) =>
      (await connection.runAndReadAll(sql)).getRowsJson().map((row) => JSON.stringify(row)),
  };
}

/** Forty crates that cover the variety of an index. */
function crates(): Record<string, string[]> {
  const index: Record<string, string[]> = {};
  for (let i = 0; i < 40; i++) {
    const name = `${i % 3 === 0 ? 'se' : 'ab'}cd-${i}`;
    index[`${name.slice(0, 2)}/cd/${name}`] = Array.from({ length: 1 + (i % 7) }, (_, j) =>
      version(name, i, j),
    );
  }
  const odd =
    ',"links":"z","features2":{"__proto__":[],"é\\ud83d\\ude00":["dep:x"]},"v":2,"future":{"n":1e400}';
  return { ...index, '3/f/foo': [line('foo', '1.0.0'), line('foo', '1.0.0+b', odd)] };
}

function version(name: string, i: number, j: number): string {
  const dep = {
    req: ['^1', '=1.2', '*', '~3'][j % 4],
    features: j % 2 === 0 ? ['std'] : [],
    optional: j % 3 === 0,
  };
  return JSON.stringify({
    ...{
      name,
      vers: `${j >> 1}.${i}.${j % 2}${j === 3 ? '-rc.1' : ''}`,
      cksum: CKSUM,
      yanked: (i + j) % 5 === 0,
    },
    deps: Array.from({ length: i % 9 }, (_, k) => ({
      ...{ name: `abcd-${k}`, ...dep, default_features: true, target: k === 2 ? 'cfg(windows)' : null },
      ...(k === 4 ? {} : { kind: ['normal', 'dev', 'build'][k % 3] }),
      ...(k === 3 ? { package: 'secd-0', registry: 'https://x.example' } : {}),
    })),
    features: Object.fromEntries(
      Array.from({ length: i % 5 }, (_, k) => [`f${k}`, k === 0 ? [] : [`f${k - 1}`]]),
    ),
    ...(i % 4 === 0 ? { rust_version: `1.${60 + j}` } : {}),
    ...(i % 2 === 0 ? { pubtime: `20${20 + j}-03-04T05:06:07Z` } : {}),
    ...(i === 7 ? { links: 'native' } : {}),
  });
}

/** The same view of the same index, from the stream of sidecars. */
const FROM_JSONL = `CREATE OR REPLACE VIEW versions AS
  SELECT name, vers, (row_number() OVER (PARTITION BY name))::INTEGER AS line, yanked, cksum, links, rust_version, pubtime, v,
    list_transform(deps, lambda d: {name: d.name, req: d.req, features: d.features, optional: d.optional,
      default_features: d.default_features, target: d.target, kind: coalesce(d.kind, 'normal'), registry: d.registry,
      package: d.package}) AS deps, features, features2
  FROM read_json('sidecars.jsonl', format = 'newline_delimited', columns = {name: 'VARCHAR', vers: 'VARCHAR',
    yanked: 'BOOLEAN', cksum: 'VARCHAR', links: 'VARCHAR', rust_version: 'VARCHAR', pubtime: 'TIMESTAMP', v: 'INTEGER',
    deps: 'STRUCT(name VARCHAR, req VARCHAR, features VARCHAR[], optional BOOLEAN, default_features BOOLEAN,
      "target" VARCHAR, kind VARCHAR, registry VARCHAR, package VARCHAR)[]',
    features: 'MAP(VARCHAR, VARCHAR[])', features2: 'MAP(VARCHAR, VARCHAR[])'})`;

test('the documented questions have the same answers from Parquet as from the stream of sidecars', async (t) => {
  const database = await openDuckDb(t);
  if (database === undefined) return;
  const cwd = scratch(t);
  writeIndex(cwd, crates());
  const made = await generator(t, cwd, ...PARQUET);
  assert.equal(made.code, 0, made.stderr);
  await generator(t, cwd, '--output-mode', 'jsonl', '--include-yanked');
  const page = readFileSync(join(REPOSITORY, 'docs/data-set.md'), 'utf8');
  const [view = '', latest = '', ...questions] = Array.from(
    page.matchAll(/```sql\n([^`]+)```/g),
    ([, sql = '']) => sql.replaceAll("'data-set/", `'${cwd}/data-set/`),
  );
  assert.ok(questions.length >= 12);
  const whole = `SELECT * FROM versions ORDER BY name, line`;
  const count = `SELECT count(*), sum(len(deps)), sum(cardinality(features)), count(features2) FROM versions`;
  const answers = async (): Promise<string[][]> => {
    const all: string[][] = [];
    for (const sql of [whole, count, ...questions]) all.push(await database.query(sql));
    return all;
  };
  await database.query(view);
  await database.query(latest);
  const fromParquet = await answers();
  await database.query(FROM_JSONL.replace("'sidecars.jsonl'", `'${cwd}/sidecars.jsonl'`));
  assert.deepEqual(fromParquet, await answers());
  assert.ok((fromParquet[0]?.length ?? 0) > 100);
  const versions = await database.query(
    `SELECT DISTINCT decode(key), decode(value) FROM parquet_kv_metadata('${cwd}/data-set/*.parquet') WHERE decode(key) LIKE '%version'`,
  );
  assert.deepEqual(versions, ['["crates_mirror.schema_version","1"]']);
});

test('a rerun writes what has changed; a selection, and what it leaves over, is reported', async (t) => {
  const cwd = scratch(t);
  writeIndex(cwd, crates());
  const first = await generator(t, cwd, ...PARQUET);
  assert.match(first.stdout, /^Wrote 3 of 3 partitions into data-set in /);
  const at = (name: string): string => join(cwd, 'data-set', `${name}.parquet`);
  for (const name of ['3', 'ab', 'se']) utimesSync(at(name), OLD, OLD);
  assert.match(
    (await generator(t, cwd, ...PARQUET)).stdout,
    /^Nothing new in data-set: 3 partitions stayed as they were/,
  );
  writeIndex(cwd, { '3/f/foo': [line('foo', '1.0.1')] });
  truncateSync(at('se'), 100);
  assert.match(
    (await generator(t, cwd, ...PARQUET, '--concurrency', '1')).stdout,
    /^Wrote 2 of 3 partitions /,
  );
  assert.deepEqual(
    ['3', 'ab', 'se'].map((name) => statSync(at(name)).mtime.getTime() === OLD.getTime()),
    [false, true, false],
  );
  rmSync(join(cwd, 'index/3'), { recursive: true });
  const ended = await generator(t, cwd, ...PARQUET);
  assert.equal(ended.code, 0);
  assert.match(
    ended.stderr,
    / WARN a partition has rows of an earlier run, and no selected version now: 3; --prune removes them\n$/,
  );
  writeFileSync(join(cwd, 'names'), 'secd-0\n');
  const selected = await generator(t, cwd, ...PARQUET, '--names', 'names', '--prune', '--yes');
  assert.equal(selected.code, 0, selected.stderr);
  assert.match(
    selected.stdout,
    /^Wrote 1 of 1 partition into data-set in .*\n {2}rows +1\n.*\n {2}pruned +2 /s,
  );
  assert.deepEqual(readdirSync(join(cwd, 'data-set')).sort(), ['data-set.json', 'se.parquet']);
});

test('what cannot be read keeps its partition, and nothing is pruned then', async (t) => {
  const cwd = scratch(t);
  writeIndex(cwd, crates());
  await generator(t, cwd, ...PARQUET);
  const before = readFileSync(join(cwd, 'data-set/ab.parquet'));
  rmSync(join(cwd, 'index/ab/cd/abcd-1'));
  mkdirSync(join(cwd, 'index/ab/cd/abcd-1'));
  rmSync(join(cwd, 'index/3'), { recursive: true });
  const ended = await generator(t, cwd, ...PARQUET, '--prune', '--yes');
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, / WARN ab\/cd\/abcd-1: a directory where an index file belongs\n/);
  assert.match(
    ended.stderr,
    / WARN data-set\/ab\.parquet: stays as it was, since some of its index files cannot be used\n/,
  );
  assert.match(ended.stderr, / ERROR nothing is pruned: a file or directory could not be used/);
  assert.ok(readFileSync(join(cwd, 'data-set/ab.parquet')).equals(before));
  assert.ok(readdirSync(join(cwd, 'data-set')).includes('3.parquet'));
});

test('a disk without room ends the run, which leaves no part of a file', async (t) => {
  const disk = mountSmallDisk(t, '100k');
  if (disk === undefined) return;
  const cwd = scratch(t);
  const lines = Array.from({ length: 3000 }, (_, i) =>
    line('serde', `1.0.${i}`).replace(CKSUM, createHash('sha256').update(String(i)).digest('hex')),
  );
  writeIndex(cwd, { 'ab/cd/abcd': [line('abcd', '1.0.0')], 'se/rd/serde': lines });
  const ended = await generator(
    t,
    cwd,
    ...PARQUET,
    '--parquet-out',
    disk.path,
    '--parquet-raw',
    '--compress-level',
    '1',
  );
  assert.equal(ended.code, 1, ended.stdout);
  assert.match(ended.stderr, / ERROR cannot write \S+\/se\.parquet: ENOSPC/);
  assert.deepEqual(
    readdirSync(disk.path)
      .filter((name) => name !== 'lost+found')
      .sort(),
    ['ab.parquet', 'data-set.json'],
  );
});
