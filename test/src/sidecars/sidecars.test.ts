import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { openSeekable, readCatalog } from '@crates-mirror/bundle';
import { startHeld, untilLogged } from '../support/held.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { readTree, records, runTool, scratch, sortedPaths, startUpstream } from '../support/tools.ts';
import { CKSUM, counts, generator, JSON_LOG, line, MAIN, writeIndex } from './sidecar-tools.ts';

/** A manifest line with arbitrary fields. */
function recordOf(name: string, version: string, fields: object = {}): string {
  const path = `${name.slice(0, 2)}/${name.slice(2, 4)}/${name}-${version}.crate`;
  return JSON.stringify({
    ...{ schema_version: 1, name, version, path, storage: 'filesystem', bundle_path: null, size: 5 },
    ...{ finished_at: '2026-01-01T00:00:00.000Z', status: 'downloaded', ...fields },
  });
}

test('a sidecar holds the index line as it is, and three fields more', async (t) => {
  const cwd = scratch(t);
  const odd = ',"future":{"n":12345678901234567890,"2":1e400,"1":["\\u00e9é"]},"links":null';
  writeIndex(cwd, { 'se/rd/serde': [line('serde', '1.0.0+b.1', odd)], '3/f/foo': [line('foo', '0.1.0')] });
  const ended = await generator(t, cwd, '--out', 'm');
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, /^Wrote 2 of 2 sidecars into m in /);
  assert.equal(
    readFileSync(join(cwd, 'm/se/rd/serde-1.0.0+b.1.crate.json'), 'utf8'),
    `{
  "name": "serde",
  "vers": "1.0.0+b.1",
  "deps": [],
  "cksum": "${CKSUM}",
  "features": {},
  "yanked": false,
  "future": {
    "n": 12345678901234567890,
    "2": 1e400,
    "1": [
      "\\u00e9é"
    ]
  },
  "links": null,
  "crate_file": "se/rd/serde-1.0.0+b.1.crate",
  "crate_url": "https://static.crates.io/crates/serde/serde-1.0.0%2Bb.1.crate",
  "index_path": "se/rd/serde"
}
`,
  );
  const compact = await generator(t, cwd, '--out', 'n', '--pretty', 'no', '--layout', 'go');
  assert.equal(compact.code, 0);
  assert.equal(
    readFileSync(join(cwd, 'n/foo/foo-0.1.0.crate.json'), 'utf8'),
    `${line('foo', '0.1.0').slice(0, -1)},"crate_file":"foo/foo-0.1.0.crate","crate_url":"https://static.crates.io/crates/foo/foo-0.1.0.crate","index_path":"3/f/foo"}\n`,
  );
});

test('sidecars stand next to what the downloader mirrors, and say what its manifest knows', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 20 });
  await runTool(t, 'downloader', [...upstream.args, '--out', 'm', '--limit', '30'], cwd);
  await runTool(t, 'downloader', [...upstream.args, '--out', 'x', '--bundle'], cwd);
  const args = ['--out', 'm', '--include-yanked', '--crates-base-url', `${upstream.origin}/crates`];
  const ended = await generator(t, cwd, ...args, '--manifest', 'manifest.jsonl');
  assert.equal(ended.code, 0, ended.stderr);
  const tree = readTree(join(cwd, 'm'));
  assert.equal(tree.size, 30 + 60);
  const byPath = new Map((await records(join(cwd, 'manifest.jsonl'))).map((record) => [record.path, record]));
  assert.equal(byPath.size, 60);
  for (const [path, record] of byPath) {
    const sidecar = JSON.parse(String(tree.get(`${path}.json`)));
    assert.equal(sidecar.crate_file, path);
    assert.equal(sidecar.crate_url, record.url);
    assert.equal(sidecar.cksum, record.sha256);
    assert.equal(sidecar.storage, 'bundle');
    assert.deepEqual(
      [sidecar.bundle_path, sidecar.bundle_member, sidecar.size, sidecar.mirrored_at],
      [record.bundle_path, record.bundle_member, record.size, record.finished_at],
    );
    // The bundle was incomplete when its members were recorded.
    assert.deepEqual([sidecar.bundle_path, sidecar.bundle_file], ['bundle-0001', null]);
  }
  const [{ path: bundleFile } = { path: undefined }] = readCatalog(join(cwd, 'bundles')).values();
  const withCatalog = [...args, '--manifest', 'manifest.jsonl', '--bundles-dir', 'bundles'];
  const named = await generator(t, cwd, ...withCatalog);
  assert.equal(named.code, 0, named.stderr);
  const one = join(cwd, 'm/cr/at/crate-0003-0.1.0.crate.json');
  assert.equal(JSON.parse(readFileSync(one, 'utf8')).bundle_file, bundleFile);
  await runTool(t, 'downloader', [...upstream.args, '--out', 'x', '--bundle'], cwd);
  assert.equal((await generator(t, cwd, ...args, '--manifest', 'manifest.jsonl')).code, 0);
  assert.equal(JSON.parse(readFileSync(one, 'utf8')).bundle_file, bundleFile);
  const none = await generator(t, cwd, ...args, '--manifest', 'manifest.jsonl', '--bundles-dir', 'x');
  assert.equal(none.code, 2);
  assert.match(
    none.stderr,
    /--bundles-dir: cannot read x: it has no bundles\.index\.jsonl that lists a bundle\. /,
  );
  writeFileSync(join(cwd, 'empty.jsonl'), '');
  const changed = await generator(t, cwd, ...args, '--manifest', 'empty.jsonl');
  assert.match(changed.stdout, /^ {2}new +0\n {2}changed +60 {3}[\d.]+ kB, [\d,]+ sidecars\/s, .*\/s$/m);
  const unknown = JSON.parse(readFileSync(join(cwd, 'm/cr/at/crate-0003-0.1.0.crate.json'), 'utf8'));
  assert.deepEqual([unknown.storage, unknown.size, unknown.mirrored_at], [null, null, null]);
});

test('damaged records are passed over and counted, and take nothing else along', async (t) => {
  const cwd = scratch(t);
  const names = Array.from({ length: 300 }, (_, i) => `crate-${i}`);
  writeIndex(
    cwd,
    Object.fromEntries(names.map((name) => [`cr/at/${name}`, [line(name, '1.0.0'), line(name, '2.0.0')]])),
  );
  const lines = names.flatMap((name) => [
    recordOf(name, '2.0.0', { storage: 'tape' }),
    recordOf(name, '2.0.0', { finished_at: undefined }),
    recordOf(name, '1.0.0'),
    recordOf(name, '1.0.0', { storage: 'tape' }),
    recordOf(name, '1.0.0', { size: 'large' }),
  ]);
  writeFileSync(join(cwd, 'm.jsonl'), `${lines.join('\n')}\n`);
  for (const args of [
    ['--out', 'm', '--pretty', 'no'],
    ['--output-mode', 'jsonl', '--jsonl-out', 's.jsonl'],
  ]) {
    const ended = await generator(t, cwd, ...args, '--manifest', 'm.jsonl');
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stderr, /^\S+ WARN m\.jsonl: 1200 lines are no records, and were passed over\n$/);
  }
  const files = [...readTree(join(cwd, 'm')).values()].map(String);
  for (const texts of [files, readFileSync(join(cwd, 's.jsonl'), 'utf8').trimEnd().split('\n')]) {
    const sidecars = texts.map((text) => JSON.parse(text));
    assert.equal(sidecars.length, 600);
    for (const { vers, size } of sidecars) assert.equal(size, vers === '1.0.0' ? 5 : null);
  }
});

test('a manifest of another mirror or layout is refused, and takes nothing from any sidecar', async (t) => {
  const cwd = scratch(t);
  writeIndex(cwd, { 'se/rd/serde': [line('serde', '1.0.0')], 'zz/zz/zzzz': [line('zzzz', '2.0.0')] });
  writeFileSync(join(cwd, 'own.jsonl'), `${recordOf('zzzz', '2.0.0')}\n`);
  writeFileSync(join(cwd, 'other.jsonl'), `${recordOf('serde', '9.0.0')}\n${recordOf('other', '1.0.0')}\n`);
  assert.equal((await generator(t, cwd, '--out', 'm', '--manifest', 'own.jsonl')).code, 0);
  const before = readTree(join(cwd, 'm'));
  assert.equal(JSON.parse(String(before.get('zz/zz/zzzz-2.0.0.crate.json'))).size, 5);
  for (const [manifest, layout, args] of [
    ['other.jsonl', 'cargo', ['--out', 'm']],
    ['own.jsonl', 'go', ['--out', 'n', '--layout', 'go']],
    ['other.jsonl', 'cargo', ['--output-mode', 'jsonl', '--jsonl-out', 'n']],
  ] as const) {
    const { code, stdout, stderr } = await generator(t, cwd, ...args, '--manifest', manifest);
    assert.deepEqual([code, stdout], [2, '']);
    assert.equal(
      stderr,
      `sidecar-generator: --manifest: ${manifest} has no record of a crate version that ${join(cwd, 'index')} has, by the layout '${layout}'. Name the manifest of this mirror, and the layout that it has\n`,
    );
  }
  assert.deepEqual(readTree(join(cwd, 'm')), before);
  assert.equal(existsSync(join(cwd, 'n')), false);
  const otherLayout = await generator(t, cwd, '--out', 'm', '--manifest', 'own.jsonl', '--layout', 'go');
  assert.match(otherLayout.stderr, /^sidecar-generator: m was mirrored with the layout 'cargo', not 'go'/);
  // The only version in the manifest lies beyond the limit.
  const limited = await generator(t, cwd, '--out', 'm', '--manifest', 'own.jsonl', '--limit', '1');
  assert.equal(limited.code, 0, limited.stderr);
  // Of nothing, no record can be missing: the emptied files are the only problems.
  writeIndex(cwd, { 'se/rd/serde': [], 'zz/zz/zzzz': [] });
  const emptied = await generator(t, cwd, '--out', 'm', '--manifest', 'other.jsonl');
  assert.equal(emptied.code, 1);
  assert.match(emptied.stderr, /zz\/zz\/zzzz: has no line/);
});

test('a rerun writes only what has changed', async (t) => {
  const cwd = scratch(t);
  const lines = ['1.0.0', '1.0.1', '1.0.2'].map((version) => line('serde', version));
  writeIndex(cwd, { 'se/rd/serde': lines });
  const nothing = { fresh: 0, changed: 0, unchanged: 0, left_out: 0, problems: 0 };
  assert.deepEqual(counts(await generator(t, cwd, ...JSON_LOG)), { ...nothing, fresh: 3 });
  const path = join(cwd, 'out/se/rd/serde-1.0.0.crate.json');
  const { mtimeMs, ino } = statSync(path);
  const [first = '', second = '', third = ''] = lines;
  const yank = (text: string): string => text.replace('"yanked":false', '"yanked":true');
  // One yank, one new field, one new version, and one version that is new and yanked.
  writeIndex(cwd, {
    'se/rd/serde': [
      first,
      yank(second),
      `${third.slice(0, -1)},"rust_version":"1.60"}`,
      line('serde', '1.0.3'),
      yank(line('serde', '1.0.4')),
    ],
  });
  const rerun = counts(await generator(t, cwd, ...JSON_LOG));
  assert.deepEqual(rerun, { fresh: 1, changed: 2, unchanged: 1, left_out: 1, problems: 0 });
  assert.deepEqual([statSync(path).mtimeMs, statSync(path).ino], [mtimeMs, ino]);
  assert.equal(JSON.parse(readFileSync(path.replace('1.0.0', '1.0.1'), 'utf8')).yanked, true);
  assert.equal(existsSync(path.replace('1.0.0', '1.0.4')), false);
  const again = await generator(t, cwd);
  assert.match(again.stdout, /^All 4 sidecars in out are up to date /);
});

test('a rerun says that all is up to date only where it is', async (t) => {
  const cwd = scratch(t);
  const good = line('serde', '1.0.0');
  const yanked = good.replace('"yanked":false', '"yanked":true');
  for (const [lines, first, second] of [
    [[yanked], /^No sidecars: every crate version of the index is yanked\.\n/, /^No sidecars: every/],
    [[good], /^Wrote 1 of 1 sidecar into out in /, /^The one sidecar in out is up to date \(/],
    [
      [good, line('serde', '1.0.1'), '{'],
      /^Wrote 1 of 2 sidecars into out in /,
      /^Nothing new in out: 2 sidecars are up to date; the warnings above name the rest \(/,
    ],
    [['{'], /^No sidecars: the index names no crate version that can be used\.\n/, /^No sidecars: the index/],
  ] as const) {
    writeIndex(cwd, { 'se/rd/serde': lines });
    for (const headline of [first, second]) {
      const { code, stdout } = await generator(t, cwd);
      assert.match(stdout, headline);
      assert.equal(code, (lines as readonly string[]).includes('{') ? 1 : 0);
    }
  }
});

test('one stream of lines: a file, a compressed one, stdout', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 200 });
  const args = ['--output-mode', 'jsonl', '--include-yanked'];
  const ended = await generator(t, cwd, ...args, '--jsonl-out', 'sub/s.jsonl');
  assert.equal(ended.code, 0, ended.stderr);
  const text = readFileSync(join(cwd, 'sub/s.jsonl'), 'utf8');
  const files = text
    .trimEnd()
    .split('\n')
    .map((one) => JSON.parse(one).crate_file);
  assert.deepEqual(files, sortedPaths(upstream.files));
  assert.deepEqual(readdirSync(join(cwd, 'sub')), ['s.jsonl']);
  await generator(t, cwd, ...args, '--jsonl-out', 's.zst', '--concurrency', '1');
  assert.equal(zstdDecompressSync(readFileSync(join(cwd, 's.zst'))).toString(), text);
  const seekable = openSeekable(join(cwd, 's.zst'));
  const from = text.indexOf('{"name":"crate-0150"');
  assert.equal(Buffer.concat([...(seekable?.read(from, 20) ?? [])]).toString(), text.slice(from, from + 20));
  seekable?.close();
  const piped = await generator(t, cwd, ...args, '--jsonl-out', '-');
  assert.equal(piped.stdout, text);
  assert.match(piped.stderr, /^Wrote 600 of 600 sidecars into stdout in /);
  const appended = ['-c', `echo before >s; "$0" "$@" >>s`, process.execPath, MAIN, '--index-dir', 'index'];
  spawnSync('bash', [...appended, ...args, '--jsonl-out', '/dev/stdout'], { cwd });
  assert.equal(readFileSync(join(cwd, 's'), 'utf8'), `before\n${text}`);
  const script = `"$0" "$@" 2>err | head -1 >/dev/null; echo "\${PIPESTATUS[0]}"`;
  const command = ['-c', script, process.execPath, MAIN, '--index-dir', 'index', ...args, '--jsonl-out', '-'];
  const head = spawnSync('bash', command, { cwd, encoding: 'utf8' });
  const stderr = readFileSync(join(cwd, 'err'), 'utf8');
  assert.equal(head.stdout, '0\n', stderr);
  const took = /^Stopped after \S+(?: \S+)?: stdout took ([\d.]+) kB of sidecars, and no more\.\n/.exec(
    stderr,
  );
  assert.ok(Number(took?.[1]) > 0 && Number(took?.[1]) < text.length / 1000, stderr);
});

test('a compressed stream without a line is one empty frame', async (t) => {
  const cwd = scratch(t);
  writeIndex(cwd, { 'se/rd/serde': [line('serde', '1.0.0')] });
  const args = ['--exclude', 'serde', '--output-mode', 'jsonl', '--jsonl-out'];
  const ended = await generator(t, cwd, ...args, 's.jsonl.zst');
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal(ended.stdout.split('\n')[0], 'No sidecars: no crate version of the index is selected.');
  assert.ok(statSync(join(cwd, 's.jsonl.zst')).size > 0);
  assert.equal(zstdDecompressSync(readFileSync(join(cwd, 's.jsonl.zst'))).toString(), '');
  const checked = spawnSync('zstd', ['-t', 's.jsonl.zst'], { cwd, encoding: 'utf8' });
  if (checked.error === undefined) assert.equal(checked.status, 0, checked.stderr);
  await generator(t, cwd, ...args, 's.jsonl');
  assert.equal(statSync(join(cwd, 's.jsonl')).size, 0);
});

test('lines that make no sense are reported and counted, and never become a file', async (t) => {
  const cwd = scratch(t);
  writeIndex(cwd, {
    'se/rd/serde': [
      line('serde', '1.0.0'),
      '{"name":"serde"',
      line('../../evil', '1.0.0'),
      line('serde', '../../1.0.0'),
      line('other', '1.0.0'),
      line('serde', '1.0.1', ',"crate_file":"mine"'),
      line('serde', '1.0.2', ',"nested":{"crate_file":"fine"}'),
    ],
  });
  const ended = await generator(t, cwd, '--out', 'm');
  assert.equal(ended.code, 1);
  const warnings = ended.stderr.trimEnd().split('\n');
  const expected = [
    'WARN se/rd/serde:2: not JSON: ',
    'WARN se/rd/serde:3: "name" is not a crate name: ',
    'WARN se/rd/serde:4: "vers" is not a semantic version: ',
    'WARN se/rd/serde:5: an entry of other belongs in ot/he/other',
    'WARN se/rd/serde:6: has a field "crate_file" of its own',
  ];
  assert.equal(warnings.length, expected.length, ended.stderr);
  for (const [i, warning] of expected.entries()) assert.ok(warnings[i]?.includes(warning), warnings[i] ?? '');
  assert.deepEqual([...readTree(join(cwd, 'm')).keys()].sort(), [
    'se/rd/serde-1.0.0.crate.json',
    'se/rd/serde-1.0.2.crate.json',
  ]);
  assert.match(ended.stdout, /unusable +5 +see the warnings above/);
});

const WITHIN_THE_INDEX = { on: 'open', before: 'index/cr/at/crate-2000' } as const;

test('a run that is killed or interrupted is finished by the next, and leaves no remainders', async (t) => {
  const cwd = scratch(t);
  const crates: Record<string, string[]> = {};
  for (let i = 0; i < 3000; i++) {
    const name = `crate-${String(i).padStart(4, '0')}`;
    crates[`cr/at/${name}`] = [line(name, '1.0.0'), line(name, '1.0.1')];
  }
  writeIndex(cwd, crates);
  for (const [signal, code] of [
    ['SIGKILL', null],
    ['SIGINT', 130],
  ] as const) {
    const args = ['--index-dir', 'index', '--out', 'm'];
    const tool = await startHeld(t, 'sidecar-generator', args, cwd, WITHIN_THE_INDEX);
    assert.equal(readdirSync(join(cwd, 'm')).includes('.crates-mirror'), true);
    tool.child.kill(signal);
    if (signal === 'SIGINT') await untilLogged(tool, 'SIGINT: finishing');
    tool.release();
    assert.equal((await tool.ended).code, code);
    mkdirSync(join(cwd, 'm/cr/at'), { recursive: true });
    writeFileSync(join(cwd, 'm/cr/at/crate-0000-1.0.0.crate.json.1.partial'), 'left by a kill');
    mkdirSync(join(cwd, 'm/cr/xx~1-2.1.partial'));
    writeFileSync(join(cwd, 'm/cr/xx~1-2.1.partial/left.crate.json'), 'left by a kill');
    const ended = await generator(t, cwd, '--out', 'm', ...JSON_LOG);
    assert.equal(ended.code, 0, ended.stderr);
    const { fresh = 0, unchanged = 0 } = counts(ended);
    assert.equal(fresh + unchanged, 6000);
    const names = readdirSync(join(cwd, 'm/cr/at'));
    assert.equal(names.length, 6000);
    assert.ok(names.every((name) => name.endsWith('.crate.json')));
    assert.deepEqual(readdirSync(join(cwd, 'm/cr')), ['at']);
    rmSync(join(cwd, 'm'), { recursive: true });
  }
});

test('one run at a time writes a stream; what a kill leaves of it goes with the next', async (t) => {
  const cwd = scratch(t);
  const crates: Record<string, string[]> = {};
  for (let i = 0; i < 3000; i++) crates[`cr/at/crate-${i}`] = [line(`crate-${i}`, '1.0.0')];
  writeIndex(cwd, crates);
  const args = ['--index-dir', 'index', '--output-mode', 'jsonl', '--jsonl-out', 'sub/s.jsonl'];
  for (const signal of [undefined, 'SIGKILL'] as const) {
    const first = await startHeld(t, 'sidecar-generator', args, cwd, WITHIN_THE_INDEX);
    assert.equal(existsSync(join(cwd, 'sub/s.jsonl.partial')), true);
    const second = await runTool(t, 'sidecar-generator', args, cwd);
    assert.equal(second.code, 2, second.stderr);
    assert.match(
      second.stderr,
      new RegExp(
        `^sidecar-generator: --jsonl-out: another run \\(process ${first.child.pid} on .*\\) is writing sub/s\\.jsonl\\. Wait for it, or remove sub/s\\.jsonl\\.partial\\.lock if you are sure that it is gone\\n$`,
      ),
    );
    if (signal === undefined) {
      first.release();
      assert.equal((await first.ended).code, 0);
    } else {
      first.child.kill(signal);
      await first.ended;
      assert.equal((await runTool(t, 'sidecar-generator', args, cwd)).code, 0);
    }
    assert.deepEqual(readdirSync(join(cwd, 'sub')), ['s.jsonl']);
    assert.equal(readFileSync(join(cwd, 'sub/s.jsonl'), 'utf8').trimEnd().split('\n').length, 3000);
    rmSync(join(cwd, 'sub'), { recursive: true });
  }
});

test('a full disk ends the run with one message', async (t) => {
  const disk = mountSmallDisk(t, '300k');
  if (disk === undefined) {
    t.skip('mounting a small tmpfs needs root');
    return;
  }
  const cwd = scratch(t);
  const lines = Array.from({ length: 300 }, (_, i) => line('serde', `1.0.${i}`));
  writeIndex(cwd, { 'se/rd/serde': lines });
  const files = await generator(t, cwd, '--out', join(disk.path, 'm'));
  assert.equal(files.code, 1);
  assert.match(files.stderr, /ERROR cannot write se\/rd\/serde-.*ENOSPC/);
  assert.match(files.stdout, /^Stopped after .* sidecars were written into .*; run again to go on\./);
  const written = [...readTree(join(disk.path, 'm')).entries()];
  assert.ok(written.length > 10, `${written.length} sidecars`);
  for (const [path, bytes] of written) assert.doesNotThrow(() => JSON.parse(bytes.toString()), path);
  rmSync(join(disk.path, 'm'), { recursive: true });
  writeFileSync(join(disk.path, 'ballast'), Buffer.alloc(250_000));
  const stream = await generator(t, cwd, '--output-mode', 'jsonl', '--jsonl-out', join(disk.path, 's.jsonl'));
  assert.equal(stream.code, 1);
  assert.match(stream.stderr, /ERROR cannot write .*s\.jsonl: ENOSPC/);
  assert.deepEqual(readdirSync(disk.path), ['ballast']);
});

test('what a thread dies of is reported as what it is, and leaves the stream of the last run', async (t) => {
  const cwd = scratch(t);
  writeIndex(cwd, { 'se/rd/serde': [line('serde', '1.0.0')] });
  writeFileSync(join(cwd, 's.zst'), 'of the last run');
  const preload = `
    import { isMainThread } from 'node:worker_threads';
    if (!isMainThread) performance.now = () => { throw new TypeError('a bug'); };`;
  writeFileSync(join(cwd, 'preload.mjs'), preload);
  const command = ['--import', './preload.mjs', MAIN, '--index-dir', 'index'];
  const ended = spawnSync(process.execPath, [...command, '--output-mode', 'jsonl', '--jsonl-out', 's.zst'], {
    cwd,
    encoding: 'utf8',
  });
  assert.equal(ended.status, 1, ended.stderr);
  assert.match(ended.stderr, /^sidecar-generator: internal error: TypeError: a bug\n/);
  assert.doesNotMatch(ended.stderr, /cannot write/);
  assert.equal(readFileSync(join(cwd, 's.zst'), 'utf8'), 'of the last run');
  assert.deepEqual(readdirSync(cwd).sort(), ['index', 'preload.mjs', 's.zst']);
});

test('wrong input: one line that says what and what to do, exit 2, nothing touched', async (t) => {
  const cwd = scratch(t);
  writeIndex(cwd, { 'se/rd/serde': [line('serde', '1.0.0')] });
  writeFileSync(join(cwd, 'file'), '');
  symlinkSync('index', join(cwd, 'link'));
  mkdirSync(join(cwd, 'go/.crates-mirror'), { recursive: true });
  writeFileSync(join(cwd, 'go/.crates-mirror/mirror.json'), '{"format_version":1,"layout":"go"}\n');
  const before = readdirSync(cwd, { recursive: true }).sort();
  for (const [args, message] of [
    [['--index-dir', 'nope'], 'no index at nope: there is no such directory. '],
    [['--manifest', 'nope'], '--manifest: cannot read nope: there is no such file or directory'],
    [
      ['--manifest', 'index'],
      '--manifest: cannot read index: it is a directory. Name the manifest of the downloader\n',
    ],
    [
      ['--manifest', 'index/se/rd/serde', '--output-mode', 'jsonl'],
      "--manifest: index/se/rd/serde has no record of the downloader's\n",
    ],
    [
      ['--manifest', 'index/se/rd/serde', '--layout', 'go'],
      "--manifest: index/se/rd/serde has no record of the downloader's\n",
    ],
    [['--out', 'file'], '--out: cannot write to file: '],
    [['--out', 'link/m'], '--out link/m is inside of --index-dir index. Name a place elsewhere\n'],
    [
      ['--output-mode', 'jsonl', '--jsonl-out', 'link/se/rd/serde'],
      '--jsonl-out link/se/rd/serde is inside of --index-dir index. Name a place elsewhere\n',
    ],
    [['--out', 'go'], "go was mirrored with the layout 'go', not "],
    [['--output-mode', 'jsonl', '--jsonl-out', 'file/x'], '--jsonl-out: cannot write to file/x: '],
    [
      ['--output-mode', 'jsonl', '--jsonl-out', './file', '--manifest', 'file'],
      '--manifest file and --jsonl-out ./file are the same file. Give each one of its own\n',
    ],
    [
      ['--output-mode', 'jsonl', '--jsonl-out', 'go/.crates-mirror/mirror.json'],
      '--jsonl-out: go/.crates-mirror/mirror.json is inside of .crates-mirror, where the tools keep what they know. Name a file elsewhere\n',
    ],
  ] as [string[], string][]) {
    const { code, stdout, stderr } = await generator(t, cwd, ...args);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, '');
    assert.ok(stderr.startsWith(`sidecar-generator: ${message}`), stderr);
    assert.equal(stderr.indexOf('\n'), stderr.length - 1);
  }
  assert.deepEqual(readdirSync(cwd, { recursive: true }).sort(), before);
});
