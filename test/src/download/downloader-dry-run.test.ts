import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FaultPlan } from '@crates-mirror/sample-registry';
import {
  type Cleanup,
  REPOSITORY,
  runTool,
  scratch,
  startUpstream,
  summary,
  withoutNewMirror,
} from '../support/tools.ts';

/** Every path below a directory with its times and size, which must not change. */
function state(directory: string): string {
  const { stdout, status } = spawnSync('find', ['.', '-printf', '%p %y %s %T@ %C@\n'], { cwd: directory });
  assert.equal(status, 0);
  return stdout.toString().split('\n').sort().join('\n');
}

/** The fields of a dry run's JSON in docs/formats.md. */
function documentedFields(): string[] {
  const formats = readFileSync(join(REPOSITORY, 'docs/formats.md'), 'utf8');
  const [, section = ''] = formats.split('\n## Dry run ');
  const rows = section.split('\n## ')[0]?.matchAll(/^\| (`.*?`) +\|/gm) ?? [];
  return Array.from(rows, ([, fields = '']) => fields.replaceAll('`', '').split(', ')).flat();
}

/** A dry run that changes nothing and sends no requests. @returns its counts */
async function dry(t: Cleanup, args: readonly string[], cwd: string, upstream: { requests: number }) {
  const before = state(cwd);
  const requests = upstream.requests;
  const ended = await runTool(
    t,
    'downloader',
    [...args, '--dry-run', '--size-sample', '0', '--log-format', 'json'],
    cwd,
  );
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal(state(cwd), before);
  assert.equal(upstream.requests, requests);
  const { dry_run, targets, to_download, existing, to_hash } = summary(ended);
  assert.equal(dry_run, true);
  assert.equal(targets, 300);
  return { to_download, existing, to_hash };
}

function withoutTimes(log: string): string {
  return log.replaceAll(/^\S+Z /gm, '');
}

test('a dry run says what the next run then does, and touches nothing', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd);
  const args = [...upstream.args, '--out', 'm'];
  assert.deepEqual(await dry(t, args, cwd, upstream), { to_download: 300, existing: 0, to_hash: 0 });
  await runTool(t, 'downloader', [...args, '--limit', '200'], cwd);
  assert.deepEqual(await dry(t, args, cwd, upstream), { to_download: 100, existing: 200, to_hash: 0 });

  const [gone, touched, wrong] = [...upstream.files.keys()].sort().map((path) => join(cwd, 'm', path));
  rmSync(gone as string);
  utimesSync(touched as string, 1, 1);
  appendFileSync(wrong as string, 'x');
  assert.deepEqual(await dry(t, args, cwd, upstream), { to_download: 101, existing: 197, to_hash: 2 });
  const all = { to_download: 101, existing: 0, to_hash: 199 };
  assert.deepEqual(await dry(t, [...args, '--verify-existing'], cwd, upstream), all);
  const text = await runTool(t, 'downloader', [...args, '--dry-run', '--size-sample', '0'], cwd);
  assert.equal(text.stderr, '');
  assert.match(
    text.stdout,
    /^Would download 101 of 300 crate files into m; nothing was touched \(.*\n\n {2}to download +101 {3}about .*\n {4}of known size +1 {3}.* from the ledger\n {2}already in place +197 .*\n {2}to hash first +2 /,
  );

  const { downloaded, existing, verified_existing } = summary(
    await runTool(t, 'downloader', [...args, '--log-format', 'json'], cwd),
  );
  assert.deepEqual(
    { downloaded, existing, verified_existing },
    { downloaded: 102, existing: 197, verified_existing: 1 },
  );
});

test('a dry run asks for the sizes of a sample, and its interval holds what the run then downloads', async (t) => {
  const cwd = scratch(t);
  const asked: { method: string; url: string }[] = [];
  const upstream = await startUpstream(t, cwd, {
    onRequest: ({ method = '', url = '' }) => asked.push({ method, url }),
  });
  const args = [...upstream.args, '--out', 'm', '--dry-run', '--size-seed', '1'];
  const bytes = [...upstream.files.values()].reduce((sum, { length }) => sum + length, 0);
  const size = async (...options: string[]) =>
    summary(await runTool(t, 'downloader', [...args, ...options, '--log-format', 'json'], cwd));
  const sampled = await size('--size-sample', '100');
  const ofMethod = (wanted: string) => asked.filter(({ method }) => method === wanted).map(({ url }) => url);
  const [heads, gets] = [new Set(ofMethod('HEAD')), ofMethod('GET')];
  // A twentieth is downloaded to measure the speed, and discarded.
  assert.deepEqual([heads.size, new Set(gets).size, asked.length], [100, 15, 115]);
  assert.ok(gets.every((url) => !heads.has(url)));
  assert.equal(sampled['trial_files'], 15);
  assert.ok((sampled['time_ms_estimate'] ?? 0) > 0 && (sampled['trial_bytes_per_second'] ?? 0) > 0);
  assert.ok(!existsSync(join(cwd, 'm')));
  assert.deepEqual(
    [sampled['size_sample'], sampled['size_sample_failed'], sampled['size_seed']],
    [100, 0, 1],
  );
  const { to_download_bytes_low: low = 0, to_download_bytes_high: high = 0 } = sampled;
  assert.ok(low < bytes && bytes < high, `${low} to ${high}, ${bytes} in fact`);
  assert.deepEqual(Object.keys(sampled).sort(), documentedFields().sort());
  const again = await size('--size-sample', '100');
  for (const field of ['bytes_estimate', 'bytes_low', 'bytes_high'])
    assert.equal(again[`to_download_${field}`], sampled[`to_download_${field}`]);

  const all = await size();
  assert.deepEqual(
    [all['to_download_bytes_low'], all['to_download_bytes_estimate'], all['to_download_bytes_high']],
    [bytes, bytes, bytes],
  );
  const text = await runTool(t, 'downloader', [...args, '--size-sample', '100'], cwd);
  assert.match(
    text.stdout,
    / {2}to download +300 {3}about .*, .* to .* at 95 %, from the sizes of 100 at random\n {2}time +[\dm. ]+s {3}about.* at .*\/s, [\d,]+ files\/s, measured now on 15 files \(.*\)\n/,
  );

  assert.match(text.stdout, /\n {2}as loose files +302 {3}inodes, 2 of them directories\n {2}as bundles +4 /);
  assert.deepEqual([all['inodes_loose'], all['inodes_loose_directories']], [302, 2]);

  await runTool(t, 'downloader', [...upstream.args, '--out', 'm', '--bundle', '--bundle-mode', 'add'], cwd);
  const inodes = (root: string): number =>
    readdirSync(join(cwd, root), { recursive: true }).filter((path) => !String(path).startsWith('.')).length;
  assert.deepEqual([inodes('m'), inodes('bundles')], [all['inodes_loose'], all['inodes_bundled']]);
  const [gone = ''] = [...upstream.files.keys()];
  rmSync(join(cwd, 'm', gone));
  const { requests } = upstream;
  const rest = await size();
  const length = upstream.files.get(gone)?.length;
  assert.deepEqual(
    [rest['to_download'], rest['to_download_known'], rest['to_download_known_bytes']],
    [1, 1, length],
  );
  assert.equal(rest['to_download_bytes_estimate'], length);
  assert.equal(upstream.requests, requests, 'the ledger knows');
});

test('a dry run takes sizes from ledger, manifest and sidecars, and asks upstream for the others alone', async (t) => {
  const cwd = scratch(t);
  const asked: string[] = [];
  const upstream = await startUpstream(t, cwd, { crates: 30, onRequest: ({ url = '' }) => asked.push(url) });
  const args = [...upstream.args, '--out', 'm'];
  await runTool(t, 'downloader', [...args, '--limit', '80'], cwd);
  const sidecars = ['--index-dir', 'index', '--out', 'm', '--manifest', 'manifest.jsonl', '--include-yanked'];
  const held = [...upstream.files.keys()].sort().slice(0, 80);
  const sum = (paths: readonly string[]) =>
    paths.reduce((bytes, path) => bytes + (upstream.files.get(path)?.length ?? 0), 0);
  const all = sum([...upstream.files.keys()]);
  for (const path of held) rmSync(join(cwd, 'm', path));
  const sized = async () => {
    asked.length = 0;
    const ended = await runTool(t, 'downloader', [...args, '--dry-run', '--log-format', 'json'], cwd);
    const { to_download, to_download_known_by: by } = JSON.parse(ended.stdout);
    const { to_download_bytes_low, to_download_bytes_high } = summary(ended);
    assert.deepEqual([to_download, to_download_bytes_low, to_download_bytes_high], [90, all, all]);
    assert.equal(asked.length, 10, ended.stdout);
    assert.ok(asked.every((url) => !held.some((path) => url.endsWith(path.split('/').at(-1) as string))));
    return by;
  };
  const none = { count: 0, bytes: 0 };
  const known = { count: 80, bytes: sum(held) };
  const others = { ledger: none, bundles: none, manifests: none, sidecars: none };
  assert.deepEqual(await sized(), { ...others, ledger: known });
  rmSync(join(cwd, 'm/.crates-mirror/verified-1'), { recursive: true });
  assert.deepEqual(await sized(), { ...others, manifests: known });
  await runTool(t, 'sidecar-generator', sidecars, cwd);
  rmSync(join(cwd, 'manifest.jsonl'));
  assert.deepEqual(await sized(), { ...others, sidecars: known });
  const text = await runTool(t, 'downloader', [...args, '--dry-run'], cwd);
  assert.match(text.stdout, /\n {4}of known size +80 {3}[\d.]+ [kM]B: 80 from sidecars\n/);
});

test('a dry run lists what the mirror holds and the index does not name, and only where it sees all of the index', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 10 });
  const [loose, bundled] = [[], ['--bundle', '--bundle-mode', 'add']];
  await runTool(t, 'downloader', [...upstream.args, '--out', 'm', ...bundled], cwd);
  const left = async (...options: string[]) => {
    const args = [...upstream.args, '--out', 'm', '--dry-run', '--size-sample', '0', ...options];
    const { stdout, stderr } = await runTool(t, 'downloader', [...args, '--log-format', 'json'], cwd);
    return { found: JSON.parse(stdout).not_in_index, stderr };
  };
  const none = { count: 0, bytes: 0 };
  assert.deepEqual((await left()).found, { ...none, loose: none, bundled: none, files: [] });

  rmSync(join(cwd, 'index/cr/at/crate-0003'));
  const file = join(cwd, 'index/cr/at/crate-0004');
  const lines = readFileSync(file, 'utf8').split('\n');
  writeFileSync(file, lines.slice(1).join('\n'));
  const gone = [...upstream.files.keys()].filter((path) => /crate-0003|crate-0004-0\.1\.0/.test(path));
  const bytes = gone.reduce((sum, path) => sum + (upstream.files.get(path)?.length ?? 0), 0);
  const sum = { count: 4, bytes };
  const { found, stderr } = await left(...loose, '--log-level', 'debug');
  assert.deepEqual({ ...found, files: [] }, { ...sum, loose: sum, bundled: none, files: [] });
  assert.deepEqual(found.files.map(({ path }: { path: string }) => path).sort(), gone.sort());
  for (const path of gone) assert.ok(stderr.includes(`not in the index: ${path}`));
  const both = (await left(...bundled)).found;
  assert.deepEqual([both.count, both.loose, both.bundled], [8, sum, sum]);
  assert.equal((await left('--limit', '5')).found, null);

  // An unreadable file does not count as removed.
  writeFileSync(join(cwd, 'index/cr/at/crate-0005'), '{');
  assert.equal((await left()).found, null);
});

test('a dry run whose upstream does not answer says so, with the known figures', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 20 });
  await upstream.close();
  const args = [...upstream.args, '--dry-run', '--retry-base', '1ms'];
  const ended = await runTool(t, 'downloader', args, cwd);
  assert.deepEqual([ended.code, ended.stderr], [0, '']);
  assert.match(ended.stdout, / {2}to download +60 {3}size not known: upstream cannot be reached \(.*\)\n/);
});

test('a dry run keeps to Retry-After, leaves out failures, and counts missing files', async (t) => {
  const cwd = scratch(t);
  const faults: FaultPlan = (path, attempt) => {
    if (path.includes('crate-0001')) return { kind: 'status', status: 403 };
    if (path.includes('crate-0002')) return { kind: 'status', status: 400 };
    return attempt === 1 ? { kind: 'status', status: 429, retryAfter: '0' } : undefined;
  };
  const upstream = await startUpstream(t, cwd, { crates: 20, faults });
  const ended = await runTool(t, 'downloader', [...upstream.args, '--dry-run', '--log-format', 'json'], cwd);
  const { size_sample, size_sample_missing, size_sample_failed } = summary(ended);
  assert.deepEqual([ended.code, size_sample, size_sample_missing, size_sample_failed], [0, 57, 3, 3]);
});

test('a dry run knows what bundles hold', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd);
  const args = [...upstream.args, '--bundle'];
  assert.deepEqual(await dry(t, args, cwd, upstream), { to_download: 300, existing: 0, to_hash: 0 });
  await runTool(t, 'downloader', [...args, '--limit', '120'], cwd);
  assert.deepEqual(await dry(t, args, cwd, upstream), { to_download: 180, existing: 120, to_hash: 0 });
  const add = [...args, '--bundle-mode', 'add'];
  assert.deepEqual(await dry(t, add, cwd, upstream), { to_download: 300, existing: 0, to_hash: 0 });

  writeFileSync(join(cwd, 'bundles/.crates-mirror/members-1/cr'), '');
  const damaged = await runTool(t, 'downloader', [...args, '--dry-run', '--size-sample', '0'], cwd);
  assert.match(
    damaged.stderr,
    /WARN bundles\/\.crates-mirror\/members-1 is damaged: a run makes it anew from the manifests, and has less to download/,
  );
  const { requests } = upstream;
  const ended = await runTool(t, 'downloader', [...args, '--limit', '120'], cwd);
  assert.match(
    ended.stderr,
    /WARN bundles\/\.crates-mirror\/members-1 is damaged: made anew from the manifests\n$/,
  );
  assert.equal(upstream.requests, requests);
});

test('a dry run says which loose files a run would move into bundles, and the run how many it has moved', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd);
  await runTool(t, 'downloader', [...upstream.args, '--out', 'm'], cwd);
  const bytes = [...upstream.files.values()].reduce((sum, { length }) => sum + length, 0);
  const [touched = '', gone = '', other = ''] = [...upstream.files.keys()].sort();
  const size = (path: string): number => upstream.files.get(path)?.length ?? 0;
  utimesSync(join(cwd, 'm', touched), 1, 1);
  rmSync(join(cwd, 'm', gone));
  const args = [...upstream.args, '--out', 'm', '--bundle'];
  const plan = async (...options: string[]) => {
    const ended = await runTool(
      t,
      'downloader',
      [...args, ...options, '--dry-run', '--size-sample', '0', '--log-format', 'json'],
      cwd,
    );
    const { to_download, existing, to_hash, to_bundle, to_bundle_bytes } = summary(ended);
    const { loose_to_remove: files, loose_to_remove_bytes } = summary(ended);
    return [to_download, existing, to_hash, to_bundle, to_bundle_bytes, files, loose_to_remove_bytes];
  };
  const known = bytes - size(touched) - size(gone);
  assert.deepEqual(await plan(), [1, 0, 1, 298, known, 298, known]);
  assert.deepEqual(await plan('--bundle-mode', 'add'), [1, 0, 1, 298, known, 0, 0]);
  const text = await runTool(t, 'downloader', [...args, '--dry-run', '--size-sample', '0'], cwd);
  assert.match(
    text.stdout,
    /^Would download 1 of 300 crate files into bundles, and move 298 loose ones there; nothing was touched .*\n\n.*\n.*\n.*\n {2}to move to bundles +298 {3}[\d.]+ [kM]B of loose files, which are removed\n {2}to hash first +1 {3}there, but not known to be what they should be; moved if they are\n {2}as loose files +1 /,
  );
  const copying = await runTool(
    t,
    'downloader',
    [...args, '--bundle-mode', 'add', '--dry-run', '--size-sample', '0'],
    cwd,
  );
  assert.match(copying.stdout, / {2}to copy to bundles +298 {3}[\d.]+ [kM]B of loose files, which stay\n/);

  const moved = await runTool(t, 'downloader', args, cwd);
  assert.match(
    moved.stdout,
    /\n {2}moved to bundles +299 {3}[\d.]+ [kM]B of loose files, which are removed from m\n/,
  );
  // Loose files that exist again are removed again, since a bundle contains them.
  await runTool(t, 'bundle-extractor', ['--bundles-dir', 'bundles', '--out', 'm'], cwd);
  writeFileSync(join(cwd, 'm', other), 'something else');
  assert.deepEqual((await plan()).slice(3), [0, 0, 299, bytes - size(other)]);
  const again = await runTool(t, 'downloader', [...args, '--log-format', 'json'], cwd);
  const { existing, moved_to_bundles, moved_to_bundles_bytes } = summary(again);
  assert.deepEqual([existing, moved_to_bundles, moved_to_bundles_bytes], [300, 299, bytes - size(other)]);
});

test('a dry run reports errors of the input, and refuses what a run would refuse', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 20 });
  const [file] = [...upstream.files.keys()].sort();
  const path = join(cwd, 'index', 'cr/at/crate-0000');
  writeFileSync(path, `${readFileSync(path, 'utf8')}{"name":"crate-0000"}\n`);
  const ended = await runTool(t, 'downloader', [...upstream.args, '--dry-run', '--size-sample', '0'], cwd);
  assert.equal(ended.code, 1, String(file));
  assert.match(ended.stderr, /cr\/at\/crate-0000:\d+: no "vers"/);
  assert.match(ended.stdout, /unusable input +1 /);
  // A missing directory needs no lookups; everything else takes another code path with the same
  // result.
  for (const directory of ['m/.crates-mirror', 'm/zz']) {
    mkdirSync(join(cwd, directory), { recursive: true });
    const other = await runTool(
      t,
      'downloader',
      [...upstream.args, '--out', 'm', '--dry-run', '--size-sample', '0'],
      cwd,
    );
    const [, counts] = /^Would[^\n]*\n(.*)$/s.exec(other.stdout) ?? [];
    assert.ok(counts !== undefined && ended.stdout.endsWith(counts), other.stdout);
    assert.equal(withoutTimes(other.stderr), withoutTimes(ended.stderr));
  }
  mkdirSync(join(cwd, 'no manifest'));
  writeFileSync(join(cwd, 'no directory'), '');
  for (const [options, message] of [
    [['--manifest', 'no manifest'], '--manifest: cannot write to no manifest: it is a directory'],
    [['--out', 'no directory'], '--out: cannot write to no directory: it is not a directory'],
    [
      ['--bundle', '--bundles-out', 'no directory'],
      '--bundles-out: cannot write to no directory: it is not a',
    ],
    [['--listen', ':0'], '--listen does nothing with --dry-run'],
    [['--retry-out', 'r'], '--retry-out does nothing with --dry-run'],
    [['--index-dir', 'nowhere'], 'no index at nowhere'],
  ] as const) {
    const refused = await runTool(
      t,
      'downloader',
      [...upstream.args, '--dry-run', '--size-sample', '0', ...options],
      cwd,
    );
    assert.equal(refused.code, 2);
    assert.ok(refused.stderr.includes(message), refused.stderr);
  }
  await runTool(t, 'downloader', [...upstream.args, '--limit', '5'], cwd);
  const other = await runTool(
    t,
    'downloader',
    [...upstream.args, '--layout', 'go', '--dry-run', '--size-sample', '0'],
    cwd,
  );
  assert.equal(other.code, 2, other.stdout);
});

test('a version that is listed with two checksums is reported with both, and is nothing that cannot be used', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 3 });
  const indexFile = 'cr/at/crate-0000';
  const path = join(cwd, 'index', indexFile);
  const [first = ''] = readFileSync(path, 'utf8').split('\n');
  const { vers, cksum } = JSON.parse(first);
  const other = 'ab'.repeat(32);
  writeFileSync(path, `${first.replace(cksum, other)}\n${readFileSync(path, 'utf8')}`);
  const warning = `WARN ${indexFile}:2: ${vers} is listed again with another checksum: ${cksum} counts, line 1 has ${other}\n`;
  for (const [tool, ...args] of [
    ['downloader', ...upstream.args, '--out', 'm', '--dry-run', '--size-sample', '0'],
    ['downloader', ...upstream.args, '--out', 'm', '--retry-out', 'retry'],
    ['downloader', ...upstream.args, '--out', 'm', '--dry-run', '--size-sample', '0'],
    ['sidecar-generator', '--index-dir', 'index', '--out', 'sidecars', '--include-yanked'],
  ] as [string, ...string[]][]) {
    const { code, stdout, stderr } = await runTool(t, tool, args, cwd);
    assert.equal(code, 0, stderr);
    assert.equal(withoutTimes(withoutNewMirror(stderr)), warning, tool);
    assert.doesNotMatch(stdout, /unusable/);
  }
  assert.equal(readFileSync(join(cwd, 'retry'), 'utf8'), '');
});
