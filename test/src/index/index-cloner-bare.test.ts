import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { git, hasGitDaemon, startIndexRemote } from '../support/index-remote.ts';
import { type Ended, readTree, runTool, scratch, sortedPaths } from '../support/tools.ts';

const SKIP = hasGitDaemon() ? false : 'git daemon is not installed';
const MIRROR = ['--index-dir', 'idx', '--output-dir', 'm', '--non-interactive'];

function selectionOf({ code, stdout, stderr }: Ended): unknown {
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout.split('\n', 1)[0] as string).selection;
}

/** The contents of a repository's packs, with the lengths of delta chains. */
function packsOf(repository: string): string {
  const names = readdirSync(join(repository, 'objects/pack')).filter((name) => name.endsWith('.idx'));
  return git(repository, 'verify-pack', '-v', ...names.map((name) => `objects/pack/${name}`));
}

test('a bare clone is made, recognised and followed across a squashed history, and never has a file of the index', {
  skip: SKIP,
}, async (t) => {
  const cwd = scratch(t);
  const remote = await startIndexRemote(t, cwd, { crates: 12 });
  const text = randomBytes(5000).toString('hex');
  writeFileSync(remote.path('README.md'), text);
  writeFileSync(remote.path('README.txt'), `${text}.`);
  remote.publish();
  const run = (...more: string[]): Promise<Ended> =>
    runTool(t, 'index-cloner', [...remote.args, ...MIRROR, '--log-format', 'json', ...more], cwd);
  assert.equal(selectionOf(await run('--bare')), 'everything');
  assert.deepEqual(sortedPaths(readTree(join(cwd, 'm'))), sortedPaths(remote.upstream.files));
  assert.equal(git(join(cwd, 'idx'), 'rev-parse', '--is-bare-repository'), 'true');
  assert.ok(!readdirSync(join(cwd, 'idx')).includes('config.json'));
  git(cwd, 'clone', '--quiet', '--bare', `file://${join(cwd, 'served/index.git')}`, 'other');
  assert.match(packsOf(join(cwd, 'other')), /chain length/);
  assert.doesNotMatch(packsOf(join(cwd, 'idx')), /chain length/, 'nothing is put together from others');
  assert.equal(selectionOf(await run()), 'nothing');

  remote.add('new-one', '0.1.0');
  remote.yank('crate-0003', '0.1.0');
  const commit = remote.publish({ squashed: true });
  const dryRun = await run('--dry-run', '--log-format', 'text');
  assert.match(dryRun.stdout, new RegExp(`would be updated from [0-9a-f]{12} to ${commit.slice(0, 12)}`));
  const update = await run();
  assert.equal(selectionOf(update), 'some');
  assert.ok(readTree(join(cwd, 'm')).has('ne/w-/new-one-0.1.0.crate'), update.stderr);
  assert.equal(git(join(cwd, 'idx'), 'rev-parse', 'HEAD'), commit);
  assert.equal(git(join(cwd, 'idx'), 'for-each-ref', 'refs/crates-mirror/in-use'), '');
  assert.equal(selectionOf(await run('--skip-index-update')), 'nothing');
});

test('--bare is refused where the files are checked out', { skip: SKIP }, async (t) => {
  const cwd = scratch(t);
  git(cwd, 'init', '--quiet', 'idx');
  const { code, stderr } = await runTool(t, 'index-cloner', [...MIRROR, '--bare'], cwd);
  assert.equal(code, 2);
  assert.match(stderr, /--bare is for a new clone, and idx has its files checked out\. Leave out --bare/);
});

/**
 * Simulates another git at work while a downloader reads, and checks that the commit being read
 * still exists.
 */
const DOWNLOADER = `#!/bin/sh
[ "$1" = --help ] && exit 0
set -e
export GIT_AUTHOR_NAME=other GIT_AUTHOR_EMAIL=other@example.org
export GIT_COMMITTER_NAME=other GIT_COMMITTER_EMAIL=other@example.org
cd idx
before=$(git rev-parse HEAD)
git update-ref HEAD "$(git commit-tree -m other "$(git mktree </dev/null)")"
git update-ref -d refs/crates-mirror/fetched
git gc --quiet --prune=now
git rev-list --objects "$before" >/dev/null
echo whole >../after
`;

test('a commit that is read out of a bare repository stays, whatever is fetched and pruned meanwhile', {
  skip: SKIP,
}, async (t) => {
  const cwd = scratch(t);
  const remote = await startIndexRemote(t, cwd, { crates: 3 });
  writeFileSync(join(cwd, 'stub'), DOWNLOADER, { mode: 0o755 });
  const args = ['--index-url', remote.url, ...MIRROR, '--bare', '--downloader-path', './stub'];
  const { code, stderr } = await runTool(t, 'index-cloner', args, cwd);
  assert.equal(code, 0, stderr);
  assert.equal(readFileSync(join(cwd, 'after'), 'utf8'), 'whole\n');
  assert.equal(git(join(cwd, 'idx'), 'for-each-ref', 'refs/crates-mirror/in-use'), '');
});
