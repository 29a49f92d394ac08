import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Fault, freePort } from '@crates-mirror/sample-registry';
import { assertMirrors, records, runTool, scratch, startTool, startUpstream } from '../support/tools.ts';

const ENCODINGS: readonly Fault[] = (['gzip', 'deflate', 'br', 'zstd'] as const).flatMap((coding) => [
  { kind: 'encode', coding, isApplied: true },
  { kind: 'encode', coding, isApplied: false },
]);

test('bodies that were compressed on their way, or only labelled so, are mirrored as the index promises', async (t) => {
  for (const protocol of ['h2', 'https'] as const) {
    const cwd = scratch(t);
    let request = 0;
    const upstream = await startUpstream(t, cwd, {
      crates: 20,
      protocol,
      faults: () => ENCODINGS[request++ % ENCODINGS.length],
    });
    const { code, stderr } = await runTool(t, 'downloader', [...upstream.args, '--out', 'm'], cwd);
    assert.equal(code, 0, stderr);
    assertMirrors(join(cwd, 'm'), upstream);
    for (const { path, size } of await records(join(cwd, 'manifest.jsonl')))
      assert.equal(size, upstream.files.get(path)?.length);
    assert.equal(upstream.requests, 60);
  }
});

test('no compression is asked for', async (t) => {
  for (const protocol of ['h2', 'https'] as const) {
    const cwd = scratch(t);
    const asked = new Set<unknown>();
    const upstream = await startUpstream(t, cwd, {
      crates: 2,
      protocol,
      onRequest: (request) => asked.add(request.headers['accept-encoding']),
    });
    await runTool(t, 'downloader', [...upstream.args, '--out', 'm'], cwd);
    assert.deepEqual([...asked], ['identity']);
  }
});

test('a page instead of a crate file is named, and nothing of it is kept', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, {
    crates: 2,
    faults: () => ({ kind: 'page', title: 'Hotel Wi-Fi' }),
  });
  const args = [...upstream.args, '--retries', '0', '--out', 'm'];
  const { code, stdout } = await runTool(t, 'downloader', args, cwd);
  assert.equal(code, 1);
  assert.match(
    stdout,
    /not_a_crate_file .*\n.*the answer is a web page titled "Hotel Wi-Fi", not a crate file/,
  );
  const statuses = (await records(join(cwd, 'manifest.jsonl'))).map(({ error }) => error?.code);
  assert.deepEqual(statuses, Array(6).fill('not_a_crate_file'));
});

test('a proxy that cannot be reached is named with its variable and without its password', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 1 });
  const port = await freePort();
  const proxy = `http://user:secret@127.0.0.1:${port}`;
  const args = [...upstream.args, '--retries', '0', '--out', 'm'];
  const { code, stderr, stdout } = await startTool(t, 'downloader', args, cwd, { HTTPS_PROXY: proxy }).ended;
  assert.equal(code, 1);
  const named = `the proxy http://\\*\\*\\*@127\\.0\\.0\\.1:${port} \\(HTTPS_PROXY\\) cannot be reached: connect ECONNREFUSED`;
  assert.match(stderr, new RegExp(`https://127\\.0\\.0\\.1:${upstream.port} cannot be reached: ${named}`));
  assert.match(stderr, /Check the proxy and the environment variable, and run again/);
  assert.doesNotMatch(stdout + stderr, /secret|--crates-base-url/);
  assert.equal(upstream.connections, 0);
});
