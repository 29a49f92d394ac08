import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeCopies } from './index-copies.ts';
import { measure, median } from './measure.ts';
import { indexFiles } from './peers/index-files.ts';
import { tableRow, withRow } from './record.ts';
import { renderTable } from './report.ts';

test('medians', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
});

test('a command’s time, CPU time and memory are its own', async (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'bench-'));
  t.after(() => rmSync(cwd, { recursive: true }));
  const burn =
    'const held = Buffer.alloc(5e7, 1); while (process.cpuUsage().user < 2e5); process.exitCode = held.length === 5e7 ? 0 : 1';
  const cost = await measure({ argv: [process.execPath, '-e', burn], cwd });
  assert.ok(cost.wall > 0, `${cost.wall} s`);
  assert.ok(cost.cpu >= 0.2 && cost.memory >= 5e7, JSON.stringify(cost));
  const failing = { argv: ['sh', '-c', 'echo no room >&2; exit 3'], cwd };
  await assert.rejects(measure(failing), /exit 3 ended with exit code 3: no room/);
});

test('a table of ratios to the peer', () => {
  const command = { argv: [], cwd: '/' };
  const scenario = {
    title: 'x',
    contenders: [
      { name: 'ours', command },
      { name: 'peer', command },
    ] as const,
  };
  const table = renderTable({ title: scenario.title, contenders: [...scenario.contenders] }, [
    [{ wall: 1, cpu: 3, memory: 2e8 }],
    [{ wall: 2, cpu: 2, memory: 1e7 }],
  ]);
  assert.match(
    table,
    /\| ours \| 1\.00 s \| 0\.50 \| 3\.00 s \| 1\.50 \| 200 MB \|\n\| peer \| 2\.00 s \| 1\.00 /,
  );
});

test('medians are recorded in the row of their scenario, and nowhere else', () => {
  const command = { argv: [], cwd: '/' };
  const scenario = {
    title: 'x',
    contenders: [
      { name: 'ours', command },
      { name: 'curl', command },
    ] as const,
  };
  const costs = [[{ wall: 1, cpu: 3, memory: 2e8 }], [{ wall: 2, cpu: 2, memory: 1e7 }]];
  const before = '| head |\n| `other`: b | 1 |\n| `one`: what it is   | 9 s | old |\ntext\n';
  const after = withRow(before, 'one', (what) => tableRow('one', what, scenario, costs, '2026-11-24'));
  assert.equal(
    after,
    '| head |\n| `other`: b | 1 |\n| `one`: what it is | 1.00 s | curl: 2.00 s | 0.50 | 1.50 | 200 MB | 2026-11-24 |\ntext\n',
  );
  assert.throws(
    () => withRow(before, 'two', () => ''),
    /^UsageError: docs\/benchmarks\.md has no row for 'two'$/,
  );
});

test('a peer reads the index files of a clone, and nothing of git’s', (t) => {
  const index = mkdtempSync(join(tmpdir(), 'bench-'));
  t.after(() => rmSync(index, { recursive: true }));
  for (const directory of ['.git', '1', 'se/rd']) mkdirSync(join(index, directory), { recursive: true });
  for (const file of ['config.json', '.git/HEAD', '1/a', 'se/rd/serde']) writeFileSync(join(index, file), '');
  assert.deepEqual([...indexFiles(index)].sort(), [join(index, '1/a'), join(index, 'se/rd/serde')]);
});

test('a larger index has the crates of the first several times, which depend on each other alike', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'bench-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'from/se/rd'), { recursive: true });
  const deps = [
    { name: 'x', package: 'serde', req: '1' },
    { name: 'libc', req: '0.2' },
  ];
  const line = JSON.stringify({ name: 'serde', vers: '1.0.0', deps });
  writeFileSync(join(root, 'from/se/rd/serde'), `${line}\n`);
  writeCopies(join(root, 'from'), join(root, 'to'), 2);
  const [first = '', second = ''] = ['serde', 'serde_x1'].map((name) =>
    readFileSync(join(root, 'to/se/rd', name), 'utf8'),
  );
  assert.equal(first, `${line}\n`);
  const copy = JSON.parse(second) as { name: string; deps: object[] };
  assert.equal(copy.name, 'serde_x1');
  assert.deepEqual(copy.deps, [
    { name: 'x', package: 'serde_x1', req: '1' },
    { name: 'libc_x1', req: '0.2' },
  ]);
});
