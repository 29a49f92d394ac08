import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import { IndexPlan, type IndexProblem, type IndexSource, openIndex, openIndexAt } from '../index.ts';

const hasGit = spawnSync('git', ['version']).error === undefined;
const skip = hasGit ? false : 'git is not installed';
const CKSUM = 'a'.repeat(64);

let root: string;
let checkout: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sources-'));
  checkout = join(root, 'checkout');
  mkdirSync(checkout);
});
afterEach(() => rmSync(root, { recursive: true }));

function git(directory: string, ...args: string[]): void {
  const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.org', '-c', 'init.defaultBranch=main'];
  execFileSync('git', [...identity, ...args], { cwd: directory, stdio: 'pipe' });
}

function put(path: string, text: string): void {
  mkdirSync(dirname(join(checkout, path)), { recursive: true });
  writeFileSync(join(checkout, path), text);
}

function commit(): void {
  git(checkout, 'init', '--quiet');
  git(checkout, 'add', '--all');
  git(checkout, 'commit', '--quiet', '--message', 'index');
}

function writeIndex(): void {
  put('config.json', '{}');
  put('README.md', 'no index file');
  for (const name of ['aa/aa/aaaa', 'aa/aa-/aaa-a', 'aa-/x', '1/a', '3/s/syn'])
    put(name, `{"name":"${name.split('/').at(-1)}","vers":"1.0.0","cksum":"${CKSUM}"}\n`);
  symlinkSync('/etc/passwd', join(checkout, 'aa/link'));
}

/** All files that a plan returns for an index, with their content, and all problems. */
function everything(source: IndexSource): unknown {
  const problems: IndexProblem[] = [];
  const files = ['3/s/syn', '3/s/none', 'aa/link', 'aa/link/x'];
  const found: [string, string][] = [];
  for (const only of [undefined, files]) {
    const onProblem = (problem: IndexProblem): void => void problems.push(problem);
    const plan = new IndexPlan({ source, includeYanked: true, limit: 0, files: only, onProblem });
    for (let piece = plan.next(); piece !== undefined; piece = plan.next())
      for (const file of piece.files) found.push([file, source.read(file).toString()]);
  }
  return { found, problems };
}

test('a repository has the files of its checkout, in the same order, and the same is wrong', {
  skip,
}, async () => {
  writeIndex();
  commit();
  git(root, 'clone', '--quiet', '--bare', checkout, 'bare.git');
  git(root, 'clone', '--quiet', '--no-checkout', checkout, 'empty');
  const expected = everything(await openIndex(checkout));
  for (const name of ['bare.git', 'empty']) {
    const source = await openIndex(join(root, name));
    assert.deepEqual(everything(source), expected, name);
    assert.deepEqual(everything(await openIndexAt(source.location)), expected, `${name} in a thread`);
  }
});

test('the state of a file identifies its content; HEAD that moves is another index', { skip }, async () => {
  writeIndex();
  commit();
  const own = join(checkout, '.git');
  const before = await openIndex(own);
  put('1/a', 'changed\n');
  commit();
  const after = await openIndex(own);
  assert.notDeepEqual(after.stateOf('1/a'), before.stateOf('1/a'));
  assert.deepEqual(after.stateOf('3/s/syn'), before.stateOf('3/s/syn'));
  assert.equal(after.stateOf('aa'), undefined);
  assert.equal(after.stateOf('1/b'), undefined);
  assert.equal(before.read('1/a').toString().includes('changed'), false, 'a commit stays what it is');
  assert.deepEqual([before.isStillThere(), after.isStillThere()], [false, true]);
  assert.deepEqual([after.lacks('1/a'), after.lacks('1/b')], [false, true]);
});

test('a directory mistaken for an index is reported for its real kind', { skip }, async () => {
  const cases: [string, RegExp, RegExp][] = [];
  const expectRefusal = (name: string, message: RegExp, hint: RegExp): void =>
    void cases.push([join(root, name), message, hint]);
  git(root, 'init', '--quiet', '--bare', 'new.git');
  expectRefusal(
    'new.git',
    /: it is a bare repository that cannot be read: .* has no commit/,
    /Fetch into it/,
  );
  put('README.md', 'another repository');
  commit();
  git(root, 'clone', '--quiet', '--bare', checkout, 'other.git');
  expectRefusal(
    'other.git',
    /: it is a bare repository, and its HEAD has no config\.json$/,
    /clone of https/,
  );
  git(root, 'clone', '--quiet', '--no-checkout', checkout, 'empty');
  expectRefusal(
    'empty',
    /: it is a clone without its files, and its HEAD has no config\.json$/,
    /clone of https/,
  );
  expectRefusal(
    'checkout',
    /: it is a clone whose files are not checked out, or not all/,
    /^Check them out: git -C /,
  );
  for (const directory of ['cargo/index.crates.io-1949cf8c6b5b557f/.cache/se/rd'])
    mkdirSync(join(root, directory), { recursive: true });
  writeFileSync(join(root, 'cargo/index.crates.io-1949cf8c6b5b557f/config.json'), '{}');
  expectRefusal(
    'cargo/index.crates.io-1949cf8c6b5b557f/.cache',
    /: it is cargo's own cache of an index/,
    /clone/,
  );
  expectRefusal('cargo/index.crates.io-1949cf8c6b5b557f', /: it is cargo's own cache of an index/, /clone/);
  for (const [path, message, hint] of cases)
    await assert.rejects(openIndex(path), (error) => {
      assert.ok(error instanceof UsageError, path);
      assert.match(error.message, message);
      assert.match(error.hint ?? '', hint);
      return true;
    });
});
