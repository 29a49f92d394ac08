import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { makeBucket, NO_SWIFT, startFaultyProxy, startSwift } from '@crates-mirror/object-store';
import { hasGitDaemon, startIndexRemote } from '../support/index-remote.ts';
import { scratch, startTool } from '../support/tools.ts';

const SKIP = hasGitDaemon() ? NO_SWIFT : 'git daemon is not installed';
const PREFIX = '/mirror/m/';

test('index and crate files come into OpenStack Swift; a night without changes asks for nothing', {
  skip: SKIP,
}, async (t: TestContext) => {
  const cwd = scratch(t);
  const remote = await startIndexRemote(t, cwd, { crates: 5 });
  const swift = await startSwift(t);
  const url = `${await makeBucket(swift, 'mirror')}/m`;
  const proxy = await startFaultyProxy(t, swift.endpoint);
  const environment = { ...swift.environment, AWS_ENDPOINT_URL: proxy.endpoint, HOME: cwd };
  const place = ['--output-dir', 's3://mirror/m', '--cache-dir', 'cache', '--public-url', url];
  const args = [...remote.args, '--index-dir', 'idx', ...place, '--non-interactive', '--log-format', 'json'];
  const run = async (): Promise<Record<string, unknown>> => {
    proxy.seen.length = 0;
    const { code, stdout, stderr } = await startTool(t, 'index-cloner', args, cwd, environment).ended;
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout.split('\n')[0] as string);
  };
  const stored = (): string[] =>
    proxy.seen
      .filter((line) => line.startsWith(`PUT ${PREFIX}`))
      .map((line) => line.slice(`PUT ${PREFIX}`.length))
      .filter((key) => !key.startsWith('.crates-mirror/'));
  const lines = async (path: string): Promise<{ vers: string }[]> =>
    (await (await fetch(`${url}/index/${path}`)).text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  assert.equal((await run())['selection'], 'everything');
  // A version with a `+` has a second key, with a space.
  const crates = stored().filter((key) => key.startsWith('crates/') && !key.includes('%20'));
  assert.equal(crates.length, remote.upstream.files.size);
  assert.equal(stored().at(-1), 'index/config.json');
  assert.equal(existsSync(join(cwd, 's3:')), false);

  assert.equal((await run())['selection'], 'nothing');
  assert.deepEqual(proxy.seen, []);

  remote.add('new-one', '0.1.0');
  remote.remove('crate-0002');
  remote.publish();
  assert.equal((await run())['selection'], 'some');
  assert.deepEqual(stored().sort(), ['crates/ne/w-/new-one-0.1.0.crate', 'index/ne/w-/new-one']);
  assert.deepEqual(
    (await lines('ne/w-/new-one')).map(({ vers }) => vers),
    ['0.1.0'],
  );
  assert.equal((await fetch(`${url}/index/cr/at/crate-0002`)).status, 404);
  assert.equal((await run())['selection'], 'nothing');
  assert.deepEqual(proxy.seen, []);
});
