import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { hasher, isMissing, succeed, write } from '../support/archive-tools.ts';
import { hasGitDaemon, startIndexRemote } from '../support/index-remote.ts';
import { startServer } from '../support/mirror-server-tools.ts';
import { assertMirrors, runTool, scratch, startUpstream, summary } from '../support/tools.ts';

test('runs over a mirror that change none of its crates change nothing for its inventory', async (t) => {
  if (!hasGitDaemon()) return t.skip('git daemon is not installed');
  if (isMissing(t, 'tar')) return;
  const cwd = scratch(t);
  mkdirSync(join(cwd, 'remote'));
  const remote = await startIndexRemote(t, join(cwd, 'remote'), { crates: 5 });
  const nightly = async (place: string): Promise<void> => {
    const args = [...remote.args, '--output-dir', `${place}/mirror`, '--index-dir', `${place}/index`];
    const ended = await runTool(t, 'index-cloner', [...args, '--yes'], cwd);
    assert.equal(ended.code, 0, ended.stderr);
  };
  const archive = async (place: string, out: string, ...more: string[]): Promise<Buffer> => {
    const ended = await hasher(t, cwd, '--dir', `${place}/mirror`, '--out-dir', out, ...more);
    assert.deepEqual([ended.code, ended.stderr], [0, '']);
    assert.match(
      ended.stdout,
      /\n {2}left out +\d+ {3}\*\*\/\.crates-mirror\/\* but mirror\.json, site\.json and removals\.jsonl\n/,
    );
    return readFileSync(join(cwd, out, 'mirror.tar'));
  };
  await nightly('a');
  const before = await archive('a', 'out');
  await nightly('a');
  const verified = await hasher(t, cwd, 'verify', 'out/mirror.yaml', '--dir', 'a/mirror');
  assert.equal(verified.code, 0, verified.stdout);
  assert.match(
    verified.stdout,
    /\nLeft out, as the inventory says: \*\*\/\.crates-mirror\/\* but mirror\.json, site\.json and removals\.jsonl \(\d+\)\.\n$/,
  );
  assert.ok(before.equals(await archive('a', 'again')));
  await nightly('b');
  const fixed = ['--mtime', '@1000000000'];
  assert.ok((await archive('a', 'fixed', ...fixed)).equals(await archive('b', 'other', ...fixed)));
  assert.deepEqual(
    String(succeed(cwd, 'tar', '-tf', 'out/mirror.tar'))
      .split('\n')
      .filter((path) => path.startsWith('.crates-mirror')),
    ['.crates-mirror/mirror.json'],
  );
});

test('a mirror unpacked elsewhere is one: it is looked at once, served, and nothing is downloaded', async (t) => {
  if (isMissing(t, 'tar')) return;
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 10 });
  const mirror = async (out: string) =>
    summary(await runTool(t, 'downloader', [...upstream.args, '--out', out, '--log-format', 'json'], cwd));
  await mirror('mirror');
  assert.equal((await hasher(t, cwd, '--dir', 'mirror')).code, 0);
  succeed(cwd, 'sh', '-c', 'mkdir -p there/mirror && tar -xf mirror.tar -C there/mirror');
  assert.equal((await hasher(t, cwd, 'verify', 'mirror.yaml', '--dir', 'there/mirror')).code, 0);
  const server = await startServer(t, ['--mirror', 'there/mirror', '--index-dir', upstream.index], cwd);
  const [[path, body] = ['', Buffer.of()]] = upstream.files;
  const served = await fetch(`${server.origin}/crates/${path}`);
  assert.ok(Buffer.from(await served.arrayBuffer()).equals(body));
  const rerun = await mirror('there/mirror');
  assert.deepEqual([rerun['downloaded'], rerun['verified_existing']], [0, upstream.files.size]);
  assert.equal((await hasher(t, cwd, 'verify', 'mirror.yaml', '--dir', 'there/mirror')).code, 0);
});

test('so is a folder of bundles', async (t) => {
  if (isMissing(t, 'tar')) return;
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 10 });
  const bundle = (place: string) =>
    runTool(
      t,
      'downloader',
      [...upstream.args, '--out', `${place}/state`, '--bundle', '--bundles-out', `${place}/bundles`],
      cwd,
    );
  assert.equal((await bundle('here')).code, 0);
  const plain = await hasher(t, cwd, '--dir', 'here/bundles');
  assert.equal(plain.code, 0);
  assert.match(
    plain.stdout,
    /\nNo archive was made, since bundles are archives already: --tar makes one of them\.\n/,
  );
  assert.ok(!existsSync(join(cwd, 'here/bundles.tar')));
  assert.equal((await hasher(t, cwd, '--dir', 'here/bundles', '--tar')).code, 0);
  succeed(cwd, 'sh', '-c', 'mkdir -p there/bundles && tar -xf here/bundles.tar -C there/bundles');
  assert.ok(!existsSync(join(cwd, 'there/bundles/.crates-mirror/members-1')));
  const verified = await hasher(t, cwd, 'verify', 'here/bundles.yaml', '--dir', 'there/bundles');
  assert.equal(verified.code, 0, verified.stdout);
  const extracted = await runTool(
    t,
    'bundle-extractor',
    ['--bundles-dir', 'there/bundles', '--out', 'loose'],
    cwd,
  );
  assert.equal(extracted.code, 0, extracted.stderr);
  assertMirrors(join(cwd, 'loose'), upstream);
  const requests = upstream.requests;
  assert.equal((await bundle('there')).code, 0);
  assert.equal(upstream.requests, requests);
  assert.equal((await hasher(t, cwd, 'verify', 'here/bundles.yaml', '--dir', 'there/bundles')).code, 0);
});

test('what --exclude leaves out is in no output, and verify goes by the same rule', async (t) => {
  if (isMissing(t, 'tar', 'sha256sum')) return;
  const cwd = scratch(t);
  write(join(cwd, 'd'), { a: 'a', 'x.log': 'x', 'b/y.log': 'y', 'cache/deep/file': 'c', 'd/cache': 'no' });
  const excluded = ['--exclude', '**/*.log', '--exclude', 'cache', '--exclude', 'typo'];
  const ended = await hasher(t, cwd, '--dir', 'd', ...excluded);
  assert.deepEqual([ended.code, ended.stderr], [0, '']);
  assert.match(
    ended.stdout,
    /\n {2}left out +2 {3}\*\*\/\*\.log\n {2}left out +1 {3}cache\n {2}left out +0 {3}typo\n/,
  );
  assert.equal(String(succeed(cwd, 'tar', '-tf', 'd.tar')), 'a\nb/\nd/\nd/cache\nd.toml\n');
  succeed(join(cwd, 'd'), 'sha256sum', '--strict', '-c', '../d.SHA256SUMS');
  const yaml = readFileSync(join(cwd, 'd.yaml'), 'utf8');
  assert.match(yaml, /\nexcluded:\n(.*\n)*? {2}- pattern: '\*\*\/\*\.log'\n {2}- pattern: 'cache'\n/);
  assert.match(
    String(succeed(cwd, 'tar', '-xOf', 'd.tar', 'd.toml')),
    /\n\[\[excluded\]\]\npattern = "cache"\n/,
  );
  write(join(cwd, 'd'), { 'b/new.log': 'n', 'cache/deep/file': 'changed' });
  const verified = await hasher(t, cwd, 'verify', 'd.yaml');
  assert.equal(verified.code, 0, verified.stdout);
  assert.match(verified.stdout, /\nLeft out, as the inventory says: \*\*\/\*\.log \(3\); cache \(1\)\.\n$/);
  const json = await hasher(t, cwd, 'verify', 'd.yaml', '--log-format', 'json');
  assert.deepEqual(JSON.parse(json.stdout).left_out.at(-1), { pattern: 'typo', count: 0 });
});

test('of an inventory that leaves nothing out, all is compared', async (t) => {
  const cwd = scratch(t);
  write(cwd, { 'd/a': 'a', 'd/.crates-mirror/mirror.json': '{}' });
  assert.equal((await hasher(t, cwd, '--dir', 'd', '--no-tar')).code, 0);
  // As written by versions before exclusions existed.
  const old = readFileSync(join(cwd, 'd.yaml'), 'utf8').replace(/^excluded:\n( .*\n)+/m, '');
  assert.ok(!old.includes('excluded'));
  writeFileSync(join(cwd, 'old.yaml'), old);
  write(cwd, { 'd/.crates-mirror/last-success.json': '{}' });
  assert.equal((await hasher(t, cwd, 'verify', 'd.yaml')).code, 0);
  const verified = await hasher(t, cwd, 'verify', 'old.yaml', '--dir', 'd');
  assert.equal(verified.code, 1);
  assert.match(
    verified.stdout,
    /^extra {7}\.crates-mirror\/last-success\.json\n.* 1 extra; read 2 files .*\n$/,
  );
});

test('an inventory whose rules are not understood is refused', async (t) => {
  const cwd = scratch(t);
  write(cwd, { 'd/a': 'a' });
  assert.equal((await hasher(t, cwd, '--dir', 'd', '--no-tar')).code, 0);
  const yaml = readFileSync(join(cwd, 'd.yaml'), 'utf8');
  const table: [string, RegExp][] = [
    [
      "- pattern: '[a]'",
      /^archive-hasher: x\.yaml: the pattern '\[a\]' has a '\[', which has no meaning here: /,
    ],
    [
      "- regex: '.*'",
      /^archive-hasher: x\.yaml says in 'excluded' what this archive-hasher does not know\. /,
    ],
  ];
  for (const [rule, message] of table) {
    writeFileSync(join(cwd, 'x.yaml'), yaml.replace('excluded:\n', `excluded:\n  ${rule}\n`));
    const ended = await hasher(t, cwd, 'verify', 'x.yaml', '--dir', 'd');
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, message);
  }
});
