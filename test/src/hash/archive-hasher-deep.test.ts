import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { hasher, isMissing, succeed, write } from '../support/archive-tools.ts';
import { scratch } from '../support/tools.ts';

const NAME = 'd'.repeat(200);
/** Creates nested directories, with a file in the last one. */
const MAKE_DEEP = `
  const { mkdirSync, writeFileSync } = require('node:fs');
  for (let level = 0; level < Number(process.argv[1]); level++) {
    mkdirSync('${NAME}', { recursive: true });
    process.chdir('${NAME}');
  }
  writeFileSync('leaf', process.argv[2]);`;

/** A directory that Node cannot remove, and that is removed by other means. */
function deepScratch(t: TestContext): string {
  const cwd = scratch(t);
  t.after(() => succeed('/', 'sh', '-c', `rm -rf '${cwd}'/*`));
  return cwd;
}

function makeDeep(root: string, levels: number, content = 'x'): void {
  succeed(root, process.execPath, '-e', MAKE_DEEP, String(levels), content);
}

test('a tree deeper than the longest path of the system is hashed, archived and verified', async (t) => {
  if (process.platform !== 'linux' || isMissing(t, 'bsdtar')) return;
  const cwd = deepScratch(t);
  write(join(cwd, 'd'), { 'a/b': 'b', 'z/y': 'y' });
  for (const directory of ['a', 'z']) makeDeep(join(cwd, 'd', directory), 25);
  const ended = await hasher(t, cwd, '--dir', 'd');
  assert.deepEqual([ended.code, ended.stderr], [0, '']);
  const leaf = `a/${`${NAME}/`.repeat(25)}leaf`;
  assert.ok(readFileSync(join(cwd, 'd.yaml'), 'utf8').includes(`- path: '${leaf}'\n    size: 1\n`));
  assert.ok(String(succeed(cwd, 'bsdtar', '-tf', 'd.tar')).includes(`\n${leaf}\n`));
  const verified = await hasher(t, cwd, 'verify', 'd.yaml');
  assert.equal(verified.code, 0, verified.stdout);
  assert.match(verified.stdout, / is as the inventory says: 4 files /);
  // Different content of the same size, in the deepest directory.
  makeDeep(join(cwd, 'd/a'), 25, 'y');
  const changed = await hasher(t, cwd, 'verify', 'd.yaml');
  assert.equal(changed.code, 1);
  assert.match(changed.stdout, /^changed {5}a\/(d{200}\/){25}leaf: has other content\n/);
});

test('verify of a tree of which the inventory has not all says that it could not compare it', async (t) => {
  if (process.platform !== 'linux') return;
  const cwd = deepScratch(t);
  write(join(cwd, 'd'), { z: 'z' });
  makeDeep(join(cwd, 'd'), 85);
  const ended = await hasher(t, cwd, '--dir', 'd', '--no-tar');
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /WARN skipped: its path has more than 16000 bytes /);
  const verified = await hasher(t, cwd, 'verify', 'd.yaml');
  assert.equal(verified.code, 1);
  assert.match(
    verified.stdout,
    /^unreadable {2}d{200}\/.*: its path has more than 16000 bytes, and was skipped\n/,
  );
  assert.match(
    verified.stdout,
    /\n\/.*\/d could not be compared with the inventory as a whole: 1 unreadable; read 1 file /,
  );
  renameSync(join(cwd, 'd', NAME), join(cwd, 'elsewhere'));
  writeFileSync(join(cwd, 'd/z'), 'Z');
  const differing = await hasher(t, cwd, 'verify', 'd.yaml');
  assert.match(differing.stdout, /\n\/.*\/d differs from the inventory: 1 changed; read 1 file /);
});
