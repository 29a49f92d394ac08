import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { headCommit } from './index.ts';

test('the commit of a checkout, and none of a tree that merely lies inside another repository', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'crates-mirror-'));
  t.after(() => rmSync(root, { recursive: true }));
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org'];
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', root, ...identity, ...args], {
      encoding: 'utf8',
      env: { ...process.env, GIT_COMMITTER_DATE: '1700000000 +0100' },
    }).trim();
  git('init', '--quiet');
  assert.equal(await headCommit(root), undefined, 'before the first commit');
  git('commit', '--quiet', '--allow-empty', '--message', 'one');
  assert.deepEqual(await headCommit(root), {
    id: git('rev-parse', 'HEAD'),
    tree: git('rev-parse', 'HEAD^{tree}'),
    committedAt: '2023-11-14T22:13:20.000Z',
  });

  mkdirSync(join(root, 'plain'));
  assert.equal(await headCommit(join(root, 'plain')), undefined);
  assert.equal(await headCommit(join(root, 'absent')), undefined);
});
