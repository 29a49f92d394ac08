import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { removeRemainder, SidecarTree } from './sidecar-tree.ts';

test('remainders go, also where another lane was first; what is not ours stays', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'sidecars-'));
  t.after(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, 'a-1.0.0.crate.json.1.partial'), '');
  writeFileSync(join(root, 'notes.txt.1.partial'), '');
  for (const [directory, file] of [
    ['cr.1.partial', 'b-1.0.0.crate.json'],
    ['my.1.partial', 'notes.txt'],
  ] as const) {
    mkdirSync(join(root, directory));
    writeFileSync(join(root, directory, file), '');
  }
  const entries = readdirSync(root, { withFileTypes: true });
  for (const entry of [...entries, ...entries]) removeRemainder(root, entry);
  assert.deepEqual(readdirSync(root).sort(), ['my.1.partial', 'notes.txt.1.partial']);
});

const NAME = 'a-1.0.0.crate.json';
const bytes = Buffer.from('xx{}\nxx');
const sidecar = { bytes, start: 2, end: 5 };

function temporary(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'sidecars-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, '1'));
  return root;
}

test('a sidecar is written when it is not there, or anything else is', (t) => {
  const root = temporary(t);
  const put = () => new SidecarTree(root).put('1', NAME, sidecar);
  assert.equal(put(), 'fresh');
  assert.equal(put(), 'unchanged');
  for (const other of ['{ }\n', '', '[]\n']) {
    writeFileSync(join(root, '1', NAME), other);
    assert.equal(put(), 'changed', other);
    assert.equal(readFileSync(join(root, '1', NAME), 'utf8'), '{}\n');
  }
  // More than can be read at once.
  truncateSync(join(root, '1', NAME), 3 * 2 ** 30);
  assert.equal(put(), 'changed');
});

test('a pipe in the place of a sidecar is not waited for', (t) => {
  const root = temporary(t);
  if (spawnSync('mkfifo', [join(root, '1', NAME)]).status !== 0) return t.skip('needs mkfifo');
  const module = new URL('./sidecar-tree.ts', import.meta.url).href;
  const program = `import { SidecarTree } from ${JSON.stringify(module)};
    const sidecar = { bytes: Buffer.from('{}'), start: 0, end: 2 };
    console.log(new SidecarTree(${JSON.stringify(root)}).put('1', ${JSON.stringify(NAME)}, sidecar));`;
  const { stdout, stderr, signal } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  assert.deepEqual([stdout, stderr, signal], ['changed\n', '', null]);
});
