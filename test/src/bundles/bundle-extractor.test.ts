import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { type CatalogEntry, readMembers } from '@crates-mirror/bundle';
import { pack } from 'tar-stream';
import { bundledOnce } from '../support/bundled.ts';
import { startHeld } from '../support/held.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import {
  assertMirrors,
  type Cleanup,
  type Ended,
  readTree,
  runTool,
  scratch,
  sortedPaths,
  summary,
} from '../support/tools.ts';

/** One bundle with 30 crate files. */
const bundledOne = bundledOnce(10);

/** Several bundles with 300 crate files. */
const bundledSeveral = bundledOnce(100);

function extractor(t: Cleanup, cwd: string, ...args: string[]): Promise<Ended> {
  return runTool(t, 'bundle-extractor', args, cwd);
}

const FROM = ['--bundles-dir', 'bundles'];
const JSON_LOG = ['--log-format', 'json'];

function counts(ended: Ended): Record<string, number> {
  const { extracted, verified, existing, superseded, failed } = summary(ended);
  return { done: extracted ?? verified, existing, superseded, failed } as Record<string, number>;
}

const done = (count: number, existing = 0, failed = 0) => ({ done: count, existing, superseded: 0, failed });

test('the loose tree comes back, and the downloader takes it as its own without reading a byte', async (t) => {
  const { cwd, upstream } = await bundledSeveral(t);
  const first = await extractor(t, cwd, ...FROM, '--out', 'm');
  assert.equal(first.code, 0, first.stderr);
  assert.equal(first.stderr, '');
  assert.match(first.stdout, /^Extracted 300 crate files from \d+ bundles into m in /);
  assertMirrors(join(cwd, 'm'), upstream);
  const second = await extractor(t, cwd, ...FROM, '--out', 'm');
  assert.equal(second.code, 0);
  assert.match(second.stdout, /^All 300 crate files are in place in m /);
  const mirrored = await runTool(t, 'downloader', [...upstream.args, '--out', 'm', ...JSON_LOG], cwd);
  assert.equal(summary(mirrored)['existing'], 300);
});

test('one crate, one version, and none', async (t) => {
  const { cwd } = await bundledOne(t);
  const all = await extractor(t, cwd, ...FROM, '--crate', 'crate-0007', '--out', 'a', ...JSON_LOG);
  assert.deepEqual(counts(all), done(3));
  const one = await extractor(t, cwd, ...FROM, '--crate', 'crate-0007@1.0.0+build.7', '--out', 'b');
  assert.equal(one.code, 0, one.stderr);
  assert.match(one.stdout, /^Extracted 1 crate file from /);
  assert.deepEqual(sortedPaths(readTree(join(cwd, 'b'))), ['cr/at/crate-0007-1.0.0+build.7.crate']);
  const none = await extractor(t, cwd, ...FROM, '--crate', 'crate-0007@9.0.0', '--list');
  assert.equal(none.code, 1);
  assert.match(none.stderr, /^There is no crate-0007 9\.0\.0 in \d+ bundles?\./);
  assert.equal(none.stdout, '');

  // If nothing is found, nothing is left behind.
  mkdirSync(join(cwd, 'there'));
  for (const out of ['new/place', 'there', 'a']) {
    const before = readdirSync(cwd, { recursive: true }).sort();
    const { code, stdout } = await extractor(t, cwd, ...FROM, '--crate', 'nobody', '--out', out);
    assert.equal(code, 1);
    assert.match(stdout, /^There is no nobody in \d+ bundles?\./);
    assert.deepEqual(readdirSync(cwd, { recursive: true }).sort(), before, out);
  }
});

test('--list prints path, size, SHA-256 and bundle, and ends quietly with its reader', async (t) => {
  const { cwd, upstream, catalog } = await bundledSeveral(t);
  const { code, stdout, stderr } = await extractor(t, cwd, ...FROM, '--list');
  assert.equal(code, 0, stderr);
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  const members = catalog
    .toReversed()
    .flatMap(({ path, manifest }) =>
      [...readMembers(join(cwd, 'bundles', manifest))].map((one) => [
        one.path,
        String(one.size),
        one.sha256,
        path,
      ]),
    );
  assert.deepEqual(rows, members);
  assert.equal(rows.length, upstream.files.size);
  const script = `"$0" "$@" | head -1; echo "\${PIPESTATUS[0]}"`;
  const main = join(import.meta.dirname, '../../../apps/bundle-extractor/src/main.js');
  const piped = spawnSync('bash', ['-c', script, process.execPath, main, ...FROM, '--list'], {
    cwd,
    encoding: 'utf8',
  });
  assert.equal(piped.stdout.split('\n').length, 3);
  assert.equal(piped.stdout.trimEnd().endsWith('\n0'), true, piped.stdout);
  assert.equal(piped.stderr, '');
});

test('--verify reads every byte and writes nothing', async (t) => {
  const { cwd, catalog } = await bundledSeveral(t);
  const whole = await extractor(t, cwd, ...FROM, '--verify', ...JSON_LOG);
  assert.equal(whole.code, 0, whole.stdout);
  assert.deepEqual(counts(whole), done(300));
  const [first, second, third] = catalog as [CatalogEntry, CatalogEntry, CatalogEntry];
  // A flipped byte costs the members of its frame, which are reported with it.
  const path = join(cwd, 'bundles', first.path);
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(first.size >> 1) ^ 1, first.size >> 1);
  writeFileSync(path, bytes);
  // A manifest that describes other content.
  const manifest = join(cwd, 'bundles', second.manifest);
  const [line = '', ...lines] = readFileSync(manifest, 'utf8').split('\n');
  writeFileSync(manifest, [line.replace(/"sha256":"..../, '"sha256":"0000'), ...lines].join('\n'));
  // An archive without its end.
  truncateSync(join(cwd, 'bundles', third.path), third.size >> 1);
  const damaged = await extractor(t, cwd, ...FROM, '--verify', '--log-level', 'debug');
  assert.equal(damaged.code, 1);
  assert.match(damaged.stdout, /^Verified \d+ crate files of \d+ bundles in .*; not all is well\./);
  assert.match(damaged.stderr, new RegExp(`${first.path}: damaged: a frame does not have its checksum`));
  assert.match(damaged.stderr, new RegExp(`${first.path}: cr/at/.*: SHA-256 is .{64}, its manifest says`));
  assert.match(damaged.stderr, new RegExp(`${second.path}: its manifest is not what the catalog says it is`));
  assert.match(damaged.stderr, new RegExp(`${third.path}: cut short`));
  assert.match(damaged.stderr, new RegExp(`${third.path}: \\d+ members of its manifest could not be read`));
  assert.doesNotMatch(damaged.stderr, /\n\s+at /);
  const before = readTree(cwd).size;
  const extracted = await extractor(t, cwd, ...FROM, '--out', 'm', ...JSON_LOG);
  assert.equal(extracted.code, 1);
  const { done: written } = counts(extracted);
  assert.ok((written ?? 0) > 150 && (written ?? 0) < 300);
  assert.equal(readTree(cwd).size - before, (written ?? 0) + readTree(join(cwd, 'm/.crates-mirror')).size);
});

test('bytes that are not the catalog’s are reported even where every member is right', async (t) => {
  const { cwd, catalog } = await bundledOne(t);
  const [first] = catalog as [CatalogEntry];
  appendFileSync(join(cwd, 'bundles', first.path), zstdCompressSync(Buffer.alloc(512)));
  const { code, stdout } = await extractor(t, cwd, ...FROM, '--verify');
  assert.equal(code, 1);
  assert.match(stdout, /its SHA-256 is not what was written down when it was made/);
});

test('a file that is there with other content stays, unless it is to be overwritten', async (t) => {
  const { cwd, upstream } = await bundledOne(t);
  const path = join(cwd, 'm/cr/at/crate-0003-0.1.0.crate');
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, 'mine');
  const kept = await extractor(t, cwd, ...FROM, '--out', 'm');
  assert.equal(kept.code, 1);
  assert.match(kept.stdout, /there is another file of that name already \(--overwrite replaces it\)/);
  assert.equal(readFileSync(path, 'utf8'), 'mine');
  const replaced = await extractor(t, cwd, ...FROM, '--out', 'm', '--overwrite', ...JSON_LOG);
  assert.deepEqual(counts(replaced), done(1, 29));
  assertMirrors(join(cwd, 'm'), upstream);
  // A file that has changed since its verification is not trusted.
  writeFileSync(path, Buffer.alloc(statSync(path).size));
  utimesSync(path, 1, 1);
  const again = await extractor(t, cwd, ...FROM, '--out', 'm', '--overwrite', ...JSON_LOG);
  assert.deepEqual(counts(again), done(1, 29));
});

test('of two bundles with one path, the newer one counts', async (t) => {
  const cwd = scratch(t);
  for (const [number, text] of [
    [9, 'old'],
    [10, 'new'],
  ] as const) {
    await writeArchive(join(cwd, 'bundles'), `bundle-${String(number).padStart(4, '0')}-x-to-x.tar.zst`, [
      { name: 'x/x-1.0.0.crate', content: text },
    ]);
  }
  const ended = await extractor(t, cwd, ...FROM, '--out', 'm', ...JSON_LOG);
  assert.equal(ended.code, 0, ended.stdout);
  assert.deepEqual(counts(ended), { ...done(1), superseded: 1 });
  assert.equal(readFileSync(join(cwd, 'm/x/x-1.0.0.crate'), 'utf8'), 'new');
  const listed = await extractor(t, cwd, ...FROM, '--list');
  assert.equal(
    listed.stdout,
    'x/x-1.0.0.crate\t3\t-\tbundle-0010-x-to-x.tar.zst\nx/x-1.0.0.crate\t3\t-\tbundle-0009-x-to-x.tar.zst\tsuperseded\n',
  );
});

interface ArchiveEntry {
  readonly name: string;
  readonly type?: 'file' | 'symlink' | 'link' | 'fifo' | 'character-device' | 'directory';
  readonly linkname?: string;
  readonly content?: string;
}

async function writeArchive(
  directory: string,
  name: string,
  entries: readonly ArchiveEntry[],
): Promise<void> {
  const tar = pack();
  for (const { content = '', type = 'file', ...header } of entries) tar.entry({ ...header, type }, content);
  tar.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of tar) pieces.push(piece as Buffer);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, name), zstdCompressSync(Buffer.concat(pieces)));
}

test('hostile members are refused by name, the rest is extracted, nothing is written outside', async (t) => {
  const cwd = scratch(t);
  const hostile: [ArchiveEntry, string][] = [
    [{ name: '/abs', content: 'x' }, 'refused: its name is absolute'],
    [{ name: '../up', content: 'x' }, "refused: its name has a '..' in it"],
    [{ name: 'a/../../up', content: 'x' }, "refused: its name has a '..' in it"],
    [{ name: 'a\\b', content: 'x' }, 'refused: its name has a backslash'],
    [
      { name: '.crates-mirror/mirror.json', content: '{}' },
      "refused: its name is in .crates-mirror, which is the mirror's own",
    ],
    [{ name: 'link', type: 'symlink', linkname: '/etc' }, 'refused: it is a symlink, not a file'],
    [{ name: 'hard', type: 'link', linkname: '/etc/passwd' }, 'refused: it is a link, not a file'],
    [{ name: 'pipe', type: 'fifo' }, 'refused: it is a fifo, not a file'],
    [{ name: 'device', type: 'character-device' }, 'refused: it is a character device, not a file'],
    [{ name: 'good/one', content: 'twice' }, 'refused: another member has the same name'],
    [{ name: 'n'.repeat(300), content: 'x' }, 'refused: its name has a part of more than 255 bytes'],
    [{ name: 'outside/evil', content: 'x' }, 'outside is there and is no directory'],
    [
      { name: 'good', content: 'a file where a directory is' },
      'there is a directory of that name, which is not replaced',
    ],
  ];
  await writeArchive(join(cwd, 'bundles'), 'hostile.tar.zst', [
    { name: './', type: 'directory' },
    { name: 'good/', type: 'directory' },
    { name: './good/one', content: 'one' },
    ...hostile.map(([entry]) => entry),
    { name: 'good/two', content: 'two' },
  ]);
  mkdirSync(join(cwd, 'm'));
  mkdirSync(join(cwd, 'elsewhere'));
  symlinkSync(join(cwd, 'elsewhere'), join(cwd, 'm/outside'));
  const before = readdirSync(cwd).sort();
  const ended = await extractor(t, cwd, ...FROM, '--out', 'm', '--overwrite', '--log-level', 'debug');
  assert.equal(ended.code, 1);
  const failures = ended.stderr.trimEnd().split('\n');
  assert.equal(failures.length, hostile.length, ended.stderr);
  for (const [i, [{ name }, why]] of hostile.entries()) {
    const failure = failures[i] ?? '';
    assert.ok(failure.includes(`hostile.tar.zst: ${name.slice(0, 50)}`), failure);
    assert.ok(failure.includes(why), failure);
  }
  assert.match(ended.stdout, /and 8 more: --log-level debug shows them all/);
  const tree = readTree(join(cwd, 'm'));
  assert.deepEqual([...tree].map(([path, content]) => `${path} ${content}`).sort(), [
    'good/one one',
    'good/two two',
  ]);
  assert.deepEqual(readdirSync(join(cwd, 'elsewhere')), []);
  assert.deepEqual(readdirSync(cwd).sort(), before);
  assert.deepEqual(readdirSync(join(cwd, 'm/.crates-mirror/tmp')), []);
});

test('a hostile manifest leads nowhere either', async (t) => {
  const { cwd, catalog } = await bundledOne(t);
  const [{ manifest }] = catalog as [CatalogEntry];
  const path = join(cwd, 'bundles', manifest);
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll('"path":"cr/at/', '"path":"../'));
  rmSync(join(cwd, 'bundles/bundles.index.jsonl'));
  const before = readdirSync(cwd);
  const { code, stdout } = await extractor(t, cwd, ...FROM, '--out', 'm');
  assert.equal(code, 1);
  assert.match(stdout, /manifest\.jsonl:1: no member of a bundle\n/);
  // The tar contains other names, none of which lead outside.
  assert.equal(readTree(join(cwd, 'm')).size, 30);
  assert.deepEqual(readdirSync(cwd).sort(), [...before, 'm'].sort());
});

test('an archive that GNU tar made of a loose mirror', async (t) => {
  const { cwd, upstream } = await bundledOne(t);
  for (const [path, body] of upstream.files) {
    mkdirSync(join(cwd, 'm', path, '..'), { recursive: true });
    writeFileSync(join(cwd, 'm', path), body);
  }
  const made = spawnSync('tar', ['--zstd', '-cf', 'foreign.tar.zst', '-C', 'm', '.'], { cwd });
  if (made.status !== 0) {
    t.skip(`tar --zstd does not work here: ${made.stderr}`);
    return;
  }
  const ended = await extractor(
    t,
    cwd,
    '--bundles-dir',
    '.',
    '--pattern',
    'foreign*',
    '--out',
    'x',
    ...JSON_LOG,
  );
  assert.equal(ended.code, 0, ended.stdout);
  assert.deepEqual(counts(ended), done(30));
  assertMirrors(join(cwd, 'x'), upstream);
  const one = await extractor(t, cwd, '--bundles-dir', '.', '--crate', 'crate-0003@0.1.0', '--list');
  assert.match(one.stdout, /^cr\/at\/crate-0003-0\.1\.0\.crate\t\d+\t-\tforeign\.tar\.zst\n$/);
  const verified = await extractor(t, cwd, '--bundles-dir', '.', '--verify');
  assert.equal(verified.code, 1);
  assert.match(verified.stdout, /has no manifest, so that its members can be read but not verified/);
});

test('a pattern that takes in manifests and checksum files means the bundles beside them', async (t) => {
  const { cwd, catalog } = await bundledOne(t);
  for (const pattern of ['*', 'bundle-0001*']) {
    const ended = await extractor(t, cwd, ...FROM, '--pattern', pattern, '--verify', ...JSON_LOG);
    assert.deepEqual(counts(ended), done(catalog[0]?.entries as number), pattern);
  }
});

const HUNDREDTH_FILE = { on: 'rename', before: 'm/cr/at/', from: 99 } as const;
const LAST_BUNDLE = { on: 'open', before: 'bundles/bundle-0002' } as const;

test('an extraction that was killed is gone on with', async (t) => {
  const { cwd, upstream } = await bundledSeveral(t);
  const tool = await startHeld(t, 'bundle-extractor', [...FROM, '--out', 'm'], cwd, HUNDREDTH_FILE);
  tool.child.kill('SIGKILL');
  await tool.ended;
  const before = readTree(join(cwd, 'm')).size;
  const ended = await extractor(t, cwd, ...FROM, '--out', 'm', ...JSON_LOG);
  assert.equal(ended.code, 0, ended.stdout);
  assert.deepEqual(counts(ended), done(300 - before, before));
  assertMirrors(join(cwd, 'm'), upstream);
  assert.deepEqual(readdirSync(join(cwd, 'm/.crates-mirror/tmp')), []);
});

test('wrong input: one line that says what and what to do, exit 2, nothing touched', async (t) => {
  const { cwd } = await bundledOne(t);
  mkdirSync(join(cwd, 'empty'));
  writeFileSync(join(cwd, 'file'), '');
  symlinkSync('bundles', join(cwd, 'link'));
  mkdirSync(join(cwd, 'go/.crates-mirror'), { recursive: true });
  writeFileSync(join(cwd, 'go/.crates-mirror/mirror.json'), '{"format_version":1,"layout":"go"}\n');
  for (const [args, message] of [
    [[], '--bundles-dir is missing: where are the bundles? See --help'],
    [['--bundles-dir', 'nope', '--list'], '--bundles-dir: cannot read nope: there is no such file'],
    [
      ['--bundles-dir', 'empty', '--list'],
      "--bundles-dir: no file in empty matches '*.tar.zst'. Check --bundles-dir and --pattern",
    ],
    [[...FROM, '--out', 'file'], '--out: cannot write to file: '],
    [[...FROM, '--out', 'bundles/'], '--out and --bundles-dir are the same directory, bundles/. '],
    [[...FROM, '--out', 'link'], '--out and --bundles-dir are the same directory, link. '],
    [[...FROM, '--out', 'go'], "go was mirrored with the layout 'go', not "],
  ] as [string[], string][]) {
    const { code, stdout, stderr } = await extractor(t, cwd, ...args);
    assert.equal(code, 2, stderr);
    assert.equal(stdout, '');
    assert.ok(stderr.startsWith(`bundle-extractor: ${message}`), stderr);
    assert.equal(stderr.indexOf('\n'), stderr.length - 1);
  }
  rmSync(join(cwd, 'bundles'), { recursive: true });
});

test('--out may be written as any shell completes it', async (t) => {
  const { cwd, upstream } = await bundledOne(t);
  for (const [out, place] of [
    ['./a', 'a'],
    ['b/', 'b'],
    ['./c/./', 'c'],
    [join(cwd, 'd/'), 'd'],
  ] as const) {
    const { code, stdout } = await extractor(t, cwd, ...FROM, '--out', out);
    assert.equal(code, 0, stdout);
    assertMirrors(join(cwd, place), upstream);
  }
});

test('a bundle that is gone, a manifest that is short, and one that has wrong offsets are found', async (t) => {
  const { cwd, catalog } = await bundledSeveral(t);
  const [first, second, third] = catalog as [CatalogEntry, CatalogEntry, CatalogEntry];
  rmSync(join(cwd, 'bundles', first.path));
  const short = join(cwd, 'bundles', second.manifest);
  const long = readFileSync(short, 'utf8');
  writeFileSync(short, long.split('\n').slice(0, 3).join('\n'));
  writeFileSync(join(cwd, 'bundles/bundle-0099.tar.zst.partial'), 'under way');
  for (const action of [['--verify'], ['--out', 'm']]) {
    const ended = await extractor(t, cwd, ...FROM, ...action);
    assert.equal(ended.code, 1);
    assert.ok(
      ended.stdout.includes(`${first.path}\n      is in the catalog, and not in the folder`),
      ended.stdout,
    );
    assert.ok(ended.stdout.includes('its manifest is not what the catalog says it is'), ended.stdout);
    assert.match(ended.stderr, /bundle-0099\.tar\.zst\.partial is unfinished and not read/);
  }
  // Members missing from a short manifest are extracted anyway.
  assert.equal(readTree(join(cwd, 'm')).size, 300 - first.entries);
  // Without a catalog only the manifest itself is left, and its content must be correct.
  rmSync(join(cwd, 'bundles/bundles.index.jsonl'));
  writeFileSync(short, long);
  const lying = join(cwd, 'bundles', third.manifest);
  writeFileSync(lying, readFileSync(lying, 'utf8').replace(/"offset":\d+/, '"offset":0'));
  const ended = await extractor(t, cwd, ...FROM, '--verify');
  assert.equal(ended.code, 1);
  assert.match(ended.stdout, /its tar has cr\/at\/.* where its manifest says cr\/at/);
});

test('a manifest that mentions one path twice: the first counts, the other is refused', async (t) => {
  const { cwd, catalog } = await bundledOne(t);
  const [{ manifest }] = catalog as [CatalogEntry];
  const path = join(cwd, 'bundles', manifest);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const { path: first } = JSON.parse(lines[0] as string);
  const second = JSON.stringify({ ...JSON.parse(lines[1] as string), path: first });
  writeFileSync(path, `${[lines[0], second, ...lines.slice(2)].join('\n')}\n`);
  rmSync(join(cwd, 'bundles/bundles.index.jsonl'));
  const ended = await extractor(t, cwd, ...FROM, '--out', 'm', ...JSON_LOG);
  assert.equal(ended.code, 1);
  assert.deepEqual(counts(ended), done(29, 0, 1));
  assert.match(ended.stdout, /refused: another member has the same name/);
});

test('a line of a manifest that makes no sense costs nobody else anything', async (t) => {
  const { cwd, upstream, catalog } = await bundledSeveral(t);
  const [, second] = catalog as [CatalogEntry, CatalogEntry];
  const manifest = join(cwd, 'bundles', second.manifest);
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('{', 'garbage'));
  rmSync(join(cwd, 'bundles/bundles.index.jsonl'));
  const ended = await extractor(t, cwd, ...FROM, '--out', 'm');
  assert.equal(ended.code, 1);
  assert.match(ended.stdout, /manifest\.jsonl:1: no member of a bundle/);
  assertMirrors(join(cwd, 'm'), upstream);
});

test('sparse files and kinds that nobody knows are refused', async (t) => {
  const cwd = scratch(t);
  mkdirSync(join(cwd, 'bundles'));
  writeFileSync(join(cwd, 'sparse'), '');
  truncateSync(join(cwd, 'sparse'), 1 << 20);
  writeFileSync(join(cwd, 'zz'), 'plain');
  for (const [format, why] of [
    ['gnu', 'refused: it is of a kind that is not known'],
    ['pax', 'refused: it is a sparse file, not a file'],
  ] as const) {
    const args = [`--format=${format}`, '-S', '--zstd', '-cf', 'bundles/sparse.tar.zst', 'sparse', 'zz'];
    const made = spawnSync('tar', args, { cwd });
    if (made.status !== 0) {
      t.skip(`tar --zstd does not work here: ${made.stderr}`);
      return;
    }
    const { code, stdout } = await extractor(t, cwd, ...FROM, '--out', format);
    assert.equal(code, 1, stdout);
    assert.ok(stdout.includes(why), stdout);
    assert.equal(String(readTree(join(cwd, format)).get('zz')), 'plain');
    assert.equal(readTree(join(cwd, format)).size, 1);
  }
});

test('control characters of an archive never reach the terminal', async (t) => {
  const cwd = scratch(t);
  await writeArchive(join(cwd, 'bundles'), 'x.tar.zst', [{ name: 'a\u001b[31mred\nfake', content: 'x' }]);
  for (const action of [['--list'], ['--out', 'm']]) {
    const { stdout, stderr, code } = await extractor(t, cwd, ...FROM, ...action);
    assert.equal(code, 1);
    assert.ok(!`${stdout}${stderr}`.includes('\u001b'), stdout + stderr);
  }
});

test('nor do those of a file’s own name, of which --list makes one line', async (t) => {
  const cwd = scratch(t);
  await writeArchive(join(cwd, 'bundles'), 'a\n\u001b[31mb.tar.zst', [{ name: 'a', content: 'x' }]);
  const { code, stdout } = await extractor(t, cwd, ...FROM, '--list');
  assert.equal(code, 0);
  assert.equal(stdout, 'a\t1\t-\ta [31mb.tar.zst\n');
});

test('an older bundle stands in for a newer one that is damaged', async (t) => {
  const cwd = scratch(t);
  await writeArchive(join(cwd, 'bundles'), 'bundle-0001-x-to-x.tar.zst', [{ name: 'x', content: 'whole' }]);
  await writeArchive(join(cwd, 'bundles'), 'bundle-0002-x-to-x.tar.zst', [{ name: 'x', content: 'whole' }]);
  const newer = join(cwd, 'bundles/bundle-0002-x-to-x.tar.zst');
  truncateSync(newer, statSync(newer).size - 30);
  const { code } = await extractor(t, cwd, ...FROM, '--out', 'm');
  assert.equal(code, 1);
  assert.equal(readFileSync(join(cwd, 'm/x'), 'utf8'), 'whole');
});

test('Ctrl-C is heard while members are extracted, and members extracted by then count', async (t) => {
  const { cwd } = await bundledSeveral(t);
  const args = [...FROM, '--out', 'm', ...JSON_LOG];
  const tool = await startHeld(t, 'bundle-extractor', args, cwd, HUNDREDTH_FILE);
  tool.child.kill('SIGINT');
  tool.release();
  const ended = await tool.ended;
  assert.equal(ended.code, 130, ended.stderr);
  const { done: extracted = 0 } = counts(ended);
  assert.ok(extracted > 0 && extracted < 300, `${extracted} extracted`);
  assert.equal(readTree(join(cwd, 'm')).size, extracted);
  assert.equal(existsSync(join(cwd, 'm/.crates-mirror/lock')), false);
});

test('Ctrl-C is heard in a verification, which does not promise to go on', async (t) => {
  const { cwd } = await bundledSeveral(t);
  const tool = await startHeld(t, 'bundle-extractor', [...FROM, '--verify'], cwd, LAST_BUNDLE);
  tool.child.kill('SIGINT');
  tool.release();
  const ended = await tool.ended;
  assert.equal(ended.code, 130, ended.stderr);
  assert.match(
    ended.stdout,
    /^Interrupted after .*: [\d,]+ crate files? verified so far; the next run begins anew\.\n/,
  );
});

test('a full disk: what could not be written, how much was, and what to do', async (t) => {
  const disk = mountSmallDisk(t, '1m');
  if (disk === undefined) {
    t.skip('mounting a small disk needs root');
    return;
  }
  const { cwd, upstream } = await bundledSeveral(t);
  const out = join(disk.path, 'm');
  const full = await extractor(t, cwd, ...FROM, '--out', out);
  assert.equal(full.code, 1);
  const [line = '', ...others] = full.stderr.trimEnd().split('\n');
  assert.deepEqual(others, []);
  assert.ok(line.includes(` ERROR cannot write ${out}/cr/at/crate-0`), line);
  assert.match(line, /\.crate: ENOSPC.*\. Free some space and run again: it goes on where it stopped$/);
  const [, extracted] =
    /^Stopped after .*: (\d+) crate files extracted; run again to go on\.\n/.exec(full.stdout) ?? [];
  const tree = readTree(out);
  assert.equal(Number(extracted), tree.size, full.stdout);
  for (const [path, body] of tree) assert.ok(upstream.files.get(path)?.equals(body), path);
  assert.deepEqual(readdirSync(join(out, '.crates-mirror/tmp')), []);
  disk.remount('size=20m');
  const after = await extractor(t, cwd, ...FROM, '--out', out, ...JSON_LOG);
  assert.equal(after.code, 0, after.stdout);
  assert.deepEqual(counts(after), done(300 - tree.size, tree.size));
  assertMirrors(out, upstream);
});

test('a ledger that cannot be kept is reported, and costs no file', async (t) => {
  const { cwd, upstream } = await bundledOne(t);
  const ledger = join(cwd, 'm/.crates-mirror/verified-1/cr');
  mkdirSync(ledger, { recursive: true });
  for (const headline of ['Extracted 30 crate files from ', 'Extracted 0 crate files from ']) {
    const ended = await extractor(t, cwd, ...FROM, '--out', 'm');
    assert.equal(ended.code, 1);
    assert.equal(ended.stderr, '');
    assert.ok(ended.stdout.startsWith(headline), ended.stdout);
    assert.match(
      ended.stdout,
      /\n {2}m\/\.crates-mirror\/verified-1\n {6}cannot (?:read|write) .*\/cr: EISDIR: .*; the files are in place, and later runs hash it again\n/,
    );
    assertMirrors(join(cwd, 'm'), upstream);
  }
});

test('a directory in the way of a file is reported as one, and is never replaced', async (t) => {
  const cwd = scratch(t);
  await writeArchive(join(cwd, 'bundles'), 'x.tar.zst', [
    { name: 'c/d', content: 'first' },
    { name: 'c', content: 'second' },
  ]);
  for (const options of [[], ['--overwrite']]) {
    const { code, stdout } = await extractor(t, cwd, ...FROM, '--out', 'm', ...options);
    assert.equal(code, 1);
    assert.ok(
      stdout.includes('  x.tar.zst: c\n      there is a directory of that name, which is not replaced\n'),
      stdout,
    );
    assert.equal(readFileSync(join(cwd, 'm/c/d'), 'utf8'), 'first');
  }
});

test('what the catalog names and is no file that can be read is reported like a bundle that is absent', async (t) => {
  const { cwd, catalog } = await bundledSeveral(t);
  const [linked, directory, pipe, gone, whole] = catalog as [CatalogEntry, ...CatalogEntry[]];
  const at = (entry: CatalogEntry | undefined): string => join(cwd, 'bundles', entry?.path ?? '');
  for (const entry of [linked, directory, pipe, gone]) rmSync(at(entry));
  symlinkSync('/not/mounted', at(linked));
  mkdirSync(at(directory));
  assert.equal(spawnSync('mkfifo', [at(pipe)]).status, 0);
  const lines = [
    `${linked.path}: is in the catalog, and is a link in the folder that leads nowhere`,
    `${directory?.path}: is in the catalog, and is no file in the folder`,
    `${pipe?.path}: is in the catalog, and is no file in the folder`,
    `${gone?.path}: is in the catalog, and not in the folder`,
  ];
  for (const action of [['--verify'], ['--out', 'm'], ['--list']]) {
    const ended = await extractor(t, cwd, ...FROM, ...action, '--log-level', 'debug');
    assert.equal(ended.code, 1);
    for (const line of lines) assert.ok(ended.stderr.includes(`${line}\n`), ended.stderr);
  }
  // One crate cannot be reported as missing while a bundle that may contain it is missing.
  const ended = await extractor(t, cwd, ...FROM, '--crate', linked.first_crate, '--out', 'one');
  assert.equal(ended.code, 1);
  assert.ok(ended.stdout.includes(`  ${linked.path}\n      is in the catalog`), ended.stdout);
  assert.doesNotMatch(ended.stdout, /There is no/);
  // The remaining manifests show that the other bundles contain nothing of it.
  const held = [...readMembers(join(cwd, 'bundles', whole?.manifest ?? ''))].map(({ name }) => name);
  const other = held.find((name) => ![gone?.last_crate, catalog[5]?.first_crate].includes(name)) ?? '';
  const found = await extractor(t, cwd, ...FROM, '--crate', other, '--out', 'one');
  assert.equal(found.code, 0, found.stdout);
  for (const entry of catalog.slice(4)) rmSync(at(entry));
  const none = await extractor(t, cwd, ...FROM, '--out', 'none');
  assert.equal(none.code, 2);
  assert.match(
    none.stderr,
    /no file in bundles matches '\*\.tar\.zst'\. bundle-.* is in the catalog, and not in the folder\n$/,
  );
});

test('a link that leads nowhere is reported without a catalog too', async (t) => {
  const cwd = scratch(t);
  await writeArchive(join(cwd, 'bundles'), 'here.tar.zst', [{ name: 'x', content: 'x' }]);
  symlinkSync('/not/mounted', join(cwd, 'bundles/there.tar.zst'));
  mkdirSync(join(cwd, 'bundles/directory.tar.zst'));
  const { code, stdout } = await extractor(t, cwd, ...FROM, '--out', 'm');
  assert.equal(code, 1);
  assert.match(stdout, /failed +1\n/);
  assert.ok(stdout.includes('  there.tar.zst\n      is a link in the folder that leads nowhere\n'), stdout);
});

test('a bundle of which only what lies beside it is there is missed, whatever the catalog says', async (t) => {
  const { cwd, catalog } = await bundledSeveral(t);
  const [, second, third] = catalog as [CatalogEntry, CatalogEntry, CatalogEntry];
  const at = (name: string): string => join(cwd, 'bundles', name);
  // An older catalog was transferred together with newer bundles.
  const lines = readFileSync(at('bundles.index.jsonl'), 'utf8').split('\n');
  writeFileSync(at('bundles.index.jsonl'), `${lines[0]}\n`);
  for (const { path } of [second, third]) rmSync(at(path));
  rmSync(at(second.manifest));
  rmSync(at(`${third.path}.sha256`));
  for (const action of [['--verify'], ['--out', 'm'], ['--list']]) {
    const ended = await extractor(t, cwd, ...FROM, ...action, '--log-level', 'debug');
    assert.equal(ended.code, 1);
    for (const { path } of [second, third])
      assert.ok(
        ended.stderr.includes(`${path}: is not in the folder, though its manifest or its .sha256 file is\n`),
        ended.stderr,
      );
  }
  // These exist while a bundle is being finished, before it has its final name.
  for (const { path, bundle } of [second, third]) writeFileSync(at(`${bundle}.tar.zst.partial`), path);
  const ended = await extractor(t, cwd, ...FROM, '--verify');
  assert.equal(ended.code, 0, ended.stdout);
});

test('a damaged line of the catalog is reported, unless the bundle that it names is there', async (t) => {
  const { cwd, catalog } = await bundledSeveral(t);
  const [first, second] = catalog as [CatalogEntry, CatalogEntry];
  const path = join(cwd, 'bundles/bundles.index.jsonl');
  const lines = readFileSync(path, 'utf8').split('\n') as [string, string];
  const torn = lines[0].slice(0, lines[0].indexOf('"path"'));
  writeFileSync(
    path,
    [torn, lines[0], lines[1].replace('"entries"', '"entr?es"'), ...lines.slice(2)].join('\n'),
  );
  const whole = await extractor(t, cwd, ...FROM, '--verify');
  assert.equal(whole.code, 0, whole.stdout);
  for (const name of [second.path, second.manifest, `${second.path}.sha256`])
    rmSync(join(cwd, 'bundles', name));
  for (const action of [['--verify'], ['--out', 'm'], ['--list'], ['--crate', first.first_crate, '--list']]) {
    const ended = await extractor(t, cwd, ...FROM, ...action, '--log-level', 'debug');
    assert.equal(ended.code, 1);
    assert.match(
      ended.stderr,
      /bundles\.index\.jsonl:3: is no entry of a catalog, and what it stood for may be missing/,
    );
    assert.doesNotMatch(ended.stderr, /bundles\.index\.jsonl:1/);
  }
});

test('an archive whose name is not UTF-8 is reported, not passed over', async (t) => {
  const cwd = scratch(t);
  const bundles = join(cwd, 'bundles');
  await writeArchive(bundles, 'a.tar.zst', [{ name: 'a', content: 'x' }]);
  const name = Buffer.concat([Buffer.from(`${bundles}/caf`), Buffer.from([0xe9]), Buffer.from('.tar.zst')]);
  try {
    writeFileSync(name, readFileSync(join(bundles, 'a.tar.zst')));
  } catch {
    t.skip('this file system has no such names');
    return;
  }
  const { code, stdout } = await extractor(t, cwd, ...FROM, '--out', 'm');
  assert.equal(code, 1);
  assert.match(stdout, /has a name that is not UTF-8, by which it cannot be opened: rename it/);
  assert.equal(readTree(join(cwd, 'm')).size, 1);
});

test('--verify looks at the .sha256 files, which others than us go by', async (t) => {
  const { cwd, catalog } = await bundledSeveral(t);
  const [gone, other, renamed, empty, whole] = catalog as [CatalogEntry, ...CatalogEntry[]];
  const sums = (entry: CatalogEntry | undefined): string => join(cwd, 'bundles', `${entry?.path}.sha256`);
  rmSync(sums(gone));
  writeFileSync(sums(other), `${'0'.repeat(64)}  ${other?.path}\n`);
  writeFileSync(sums(renamed), `${renamed?.sha256}  other.tar.zst\n`);
  writeFileSync(sums(empty), '');
  // The format for files that are read in binary mode.
  writeFileSync(sums(whole), `${whole?.sha256} *${whole?.path}\n`);
  const ended = await extractor(t, cwd, ...FROM, '--verify', '--log-level', 'debug');
  assert.equal(ended.code, 1);
  for (const line of [
    `${gone.path}: its .sha256 file is missing`,
    `${other?.path}: its .sha256 file does not say what the catalog says`,
    `${renamed?.path}: its .sha256 file is no line of sha256sum for it`,
    `${empty?.path}: its .sha256 file is no line of sha256sum for it`,
  ])
    assert.ok(ended.stderr.includes(`${line}\n`), ended.stderr);
  assert.match(ended.stdout, /failed +4\n/);
});
