import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openIndex } from '@crates-mirror/crates-index';
import { liveIndex } from './index.ts';

const skip = spawnSync('git', ['version']).error === undefined ? false : 'git is not installed';

test('a repository is followed as HEAD moves, or stays at one commit', { skip }, async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'repository-index-'));
  t.after(() => rmSync(root, { recursive: true }));
  const git = (directory: string, ...args: string[]): void => {
    const identity = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
    execFileSync('git', [...identity, ...args], { cwd: directory, stdio: 'pipe' });
  };
  const work = join(root, 'work');
  const bare = join(root, 'bare.git');
  mkdirSync(join(work, '1'), { recursive: true });
  writeFileSync(join(work, 'config.json'), '{}');
  const commit = (text: string): void => {
    writeFileSync(join(work, '1/a'), text);
    git(work, 'add', '--all');
    git(work, 'commit', '--quiet', '--message', 'x');
  };
  git(work, 'init', '--quiet');
  commit('one\n');
  git(root, 'clone', '--quiet', '--bare', work, bare);
  let passed = 0;
  const now = performance.now.bind(performance);
  t.mock.method(performance, 'now', () => now() + passed);

  const source = await openIndex(bare);
  const live = await liveIndex(source, true);
  const still = await liveIndex(source, false);
  const texts = async (): Promise<(string | undefined)[]> => {
    passed += 1000;
    return [(await live.read('1/a'))?.content.toString(), (await still.read('1/a'))?.content.toString()];
  };
  assert.deepEqual(await texts(), ['one\n', 'one\n']);
  assert.equal(await live.read('1/b'), undefined);
  const key = await live.keyOf('1/a');
  commit('two\n');
  git(bare, 'fetch', '--quiet', 'origin', '+HEAD:refs/heads/fetched');
  git(bare, 'symbolic-ref', 'HEAD', 'refs/heads/fetched');
  git(bare, 'gc', '--quiet', '--prune=now');
  assert.deepEqual(await texts(), ['two\n', 'one\n']);
  assert.notEqual(await live.keyOf('1/a'), key);

  const openFiles = (): number => (existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd').length : 0);
  const before = openFiles();
  writeFileSync(join(bare, 'refs/heads/fetched'), `${'1'.repeat(40)}\n`);
  for (let i = 0; i < 5; i++) {
    passed += 1000;
    await assert.rejects(live.read('1/a'), { code: 'unreadable' }, 'a commit that is not there');
  }
  assert.equal(openFiles(), before, 'no pack is left open');
  rmSync(join(bare, 'refs/heads/fetched'));
  git(bare, 'fetch', '--quiet', 'origin', '+HEAD:refs/heads/fetched');

  renameSync(bare, `${bare}.away`);
  passed += 1000;
  await assert.rejects(live.read('1/a'), { code: 'unreadable' });
  await assert.rejects(live.checkThere(), { code: 'unreadable' });
  renameSync(`${bare}.away`, bare);
  await live.checkThere();
});
