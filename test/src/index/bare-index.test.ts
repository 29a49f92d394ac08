import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { git, hasGitDaemon } from '../support/index-remote.ts';
import { startServer } from '../support/mirror-server-tools.ts';
import { assertMirrors, readTree, runTool, scratch, startUpstream, summary } from '../support/tools.ts';

const skip = hasGitDaemon() ? false : 'git is not installed';

/**
 * Creates a repository of an index, and a bare clone of that.
 *
 * @returns the clone, and a function that fetches into it
 */
function bareClone(index: string, cwd: string): { readonly bare: string; readonly fetch: () => void } {
  const commit = (): void => {
    git(index, 'add', '--all');
    git(index, 'commit', '--quiet', '--message', 'index');
  };
  git(index, 'init', '--quiet');
  commit();
  git(cwd, 'clone', '--quiet', '--bare', index, 'bare.git');
  const bare = join(cwd, 'bare.git');
  const fetch = (): void => {
    commit();
    git(bare, 'fetch', '--quiet', 'origin', '+refs/heads/*:refs/heads/*');
  };
  return { bare, fetch };
}

test('a bare repository is mirrored, described, served and exported like its checkout', {
  skip,
}, async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 30 });
  const { bare, fetch } = bareClone(upstream.index, cwd);
  const args = upstream.args.map((arg) => (arg === upstream.index ? bare : arg));
  const download = (...more: string[]) => runTool(t, 'downloader', [...args, '--out', 'm', ...more], cwd);

  const dryRun = await download('--dry-run', '--log-format', 'json');
  assert.deepEqual([dryRun.code, summary(dryRun)['to_download']], [0, 90], dryRun.stderr);
  const first = await download();
  assert.equal(first.code, 0, first.stderr);
  assertMirrors(join(cwd, 'm'), upstream);
  const again = await download('--log-format', 'json');
  assert.deepEqual([again.code, summary(again)['existing']], [0, 90], again.stderr);
  const limited = await download('--dry-run', '--log-format', 'json', '--limit', '7');
  assert.equal(summary(limited)['existing'], 7, limited.stderr);

  for (const [out, index] of [
    ['s1', bare],
    ['s2', upstream.index],
  ] as const) {
    const sidecars = await runTool(t, 'sidecar-generator', ['--index-dir', index, '--out', out], cwd);
    assert.equal(sidecars.code, 0, sidecars.stderr);
  }
  assert.deepEqual(readTree(join(cwd, 's1')), readTree(join(cwd, 's2')));

  const file = 'cr/at/crate-0007';
  const mirror = ['--mirror', 'm', '--index-dir', bare];
  const site = ['export', ...mirror, '--out', 'site', '--public-url', 'https://example.org'];
  const exported = await runTool(t, 'mirror-server', site, cwd);
  assert.equal(exported.code, 0, exported.stderr);
  const names = readdirSync(join(cwd, 'site/index/cr/at'));
  assert.equal(names.length, 30);

  const server = await startServer(t, mirror, cwd);
  const ask = async (): Promise<string> => (await globalThis.fetch(`${server.origin}/index/${file}`)).text();
  const before = await ask();
  const [line = '', ...others] = before.split('\n');
  assert.equal(others.length, 3);
  const yanked = `${line.replace('"yanked":false', '"yanked":true')}\n${others.join('\n')}`;
  assert.notEqual(yanked, before);
  writeFileSync(join(upstream.index, file), `${yanked}${line.replace('0.1.0', '9.0.0')}\n`);
  fetch();
  // A response is cached for a second; the new version is not held.
  while ((await ask()) === before) await sleep(100);
  assert.equal(await ask(), yanked);
  const after = await download('--dry-run', '--log-format', 'json');
  assert.equal(summary(after)['to_download'], 1, after.stderr);
  server.child.kill('SIGTERM');
  assert.equal((await server.ended).code, 0);
});
