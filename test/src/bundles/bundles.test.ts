import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CatalogEntry, readCatalog, readMembers, readTar } from '@crates-mirror/bundle';
import {
  buildSample,
  makeCertificate,
  type SizeProfile,
  serveSample,
  sizeProfile,
  startRegistry,
  writeSampleIndex,
} from '@crates-mirror/sample-registry';
import { BUNDLE, bundledOnce } from '../support/bundled.ts';
import { Gate, untilLogged } from '../support/held.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import {
  assertMirrors,
  type Ended,
  type RunningTool,
  readTree,
  records,
  runTool,
  scratch,
  sortedPaths,
  startTool,
  startUpstream,
  summary,
  type Upstream,
} from '../support/tools.ts';

/** Several bundles with 300 crate files. */
const bundled = bundledOnce(100);

const JSON_LOG = ['--log-format', 'json'];

/**
 * All members of the finished bundles by path, with their bytes; fails on any disagreement with
 * manifests or catalog.
 */
async function readBundles(directory: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const catalog = [...readCatalog(directory, (line) => assert.fail(`catalog line ${line}`)).values()];
  const listed = catalog.flatMap(({ path, manifest }) => [path, manifest, `${path}.sha256`]);
  if (catalog.length > 0) listed.push('bundles.index.jsonl');
  assert.deepEqual(
    readdirSync(directory)
      .filter((name) => !name.startsWith('.'))
      .sort(),
    listed.sort(),
  );
  for (const entry of catalog) {
    const path = join(directory, entry.path);
    assert.equal(createHash('sha256').update(readFileSync(path)).digest('hex'), entry.sha256);
    const members = readMembers(join(directory, entry.manifest));
    let entries = 0;
    for await (const { name, content } of readTar(path)) {
      const member = members.next().value;
      const pieces: Buffer[] = [];
      for await (const piece of content) pieces.push(piece);
      const body = Buffer.concat(pieces);
      assert.equal(member?.path, name);
      assert.equal(member?.sha256, createHash('sha256').update(body).digest('hex'), name);
      assert.ok(!files.has(name), `${name} is there twice`);
      files.set(name, body);
      entries += 1;
    }
    assert.equal(members.next().done, true);
    assert.equal(entries, entry.entries);
  }
  return files;
}

async function assertBundled(directory: string, upstream: Pick<Upstream, 'files'>): Promise<void> {
  const files = await readBundles(directory);
  assert.deepEqual(sortedPaths(files), sortedPaths(upstream.files));
  for (const [path, body] of upstream.files) assert.ok(files.get(path)?.equals(body), path);
}

function counts(ended: Ended): Record<string, number> {
  const { downloaded, existing, verified_existing, failed } = summary(ended);
  return { downloaded, existing, verified_existing, failed } as Record<string, number>;
}

const done = (downloaded: number, existing = 0, verified_existing = 0) => ({
  downloaded,
  existing,
  verified_existing,
  failed: 0,
});

test('crate files go into bundles that tar, zstd and sha256sum read; a rerun fetches nothing', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { profile: sizeProfile(8000) });
  const args = [...upstream.args, ...BUNDLE, ...JSON_LOG];
  const first = await runTool(t, 'downloader', args, cwd);
  assert.equal(first.code, 0, first.stderr);
  assert.match(
    first.stderr,
    /"new mirror at \/.*\n.*"new folder of bundles at \/.* with [\d.]+ .?B free"\}\n$/,
  );
  assert.deepEqual(counts(first), done(300));
  const bundles = join(cwd, 'bundles');
  await assertBundled(bundles, upstream);
  assert.equal(readTree(join(cwd, 'out')).size, 0);
  const catalog = [...readCatalog(bundles).values()];
  assert.ok(catalog.length >= 5, `${catalog.length} bundles`);
  for (const { size } of catalog) assert.ok(size <= 1_000_000, String(size));

  const all = await records(join(cwd, 'manifest.jsonl'));
  assert.deepEqual(all.map((record) => record.path).sort(), sortedPaths(upstream.files));
  for (const { storage, bundle_path, bundle_file, bundle_member, path, size } of all) {
    assert.equal(storage, 'bundle');
    assert.equal(bundle_file, null);
    assert.equal(bundle_member, path);
    assert.equal(size, upstream.files.get(path)?.length);
    assert.ok(
      catalog.some(({ bundle }) => bundle === bundle_path),
      String(bundle_path),
    );
  }

  for (const { path } of catalog) {
    const sums = spawnSync('sha256sum', ['-c', `${path}.sha256`], { cwd: bundles });
    assert.equal(sums.status, 0, String(sums.stderr));
  }
  if (spawnSync('zstd', ['--version']).error === undefined) {
    const extracted = join(cwd, 'by-tar');
    mkdirSync(extracted);
    for (const { path } of catalog) {
      for (const [command, ...rest] of [
        ['zstd', '-tq', path],
        ['tar', '--zstd', '-xf', path, '-C', extracted],
      ] as [string, ...string[]][]) {
        const { status, stderr } = spawnSync(command, rest, { cwd: bundles });
        assert.equal(status, 0, `${command}: ${stderr}`);
      }
    }
    assertMirrors(extracted, upstream);
  } else t.diagnostic('zstd is not installed');

  const before = upstream.requests;
  const second = await runTool(t, 'downloader', args, cwd);
  assert.equal(second.code, 0, second.stderr);
  assert.deepEqual(counts(second), done(0, 300));
  assert.equal(upstream.requests, before);
  const again = (await records(join(cwd, 'manifest.jsonl'))).slice(300);
  assert.ok(again.every(({ status, storage }) => status === 'existing' && storage === 'bundle'));
  for (const { bundle_path, bundle_file } of again)
    assert.equal(bundle_file, catalog.find(({ bundle }) => bundle === bundle_path)?.path);
  assert.deepEqual(
    [...readCatalog(bundles).keys()],
    [...catalog.keys()].map((i) => i + 1),
  );
});

test('mode add keeps loose files too, and a missing copy of either kind comes back', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 20 });
  const args = [...upstream.args, ...BUNDLE, ...JSON_LOG, '--bundle-mode', 'add', '--out', 'm'];
  const first = await runTool(t, 'downloader', args, cwd);
  assert.equal(first.code, 0, first.stderr);
  assertMirrors(join(cwd, 'm'), upstream);
  await assertBundled(join(cwd, 'bundles'), upstream);
  const storages = (await records(join(cwd, 'manifest.jsonl'))).map(({ storage }) => storage);
  assert.deepEqual(new Set(storages), new Set(['filesystem+bundle']));

  const lost = 'cr/at/crate-0003-0.1.0.crate';
  rmSync(join(cwd, 'm', lost));
  const second = await runTool(t, 'downloader', args, cwd);
  assert.deepEqual(counts(second), done(1, 59));
  assertMirrors(join(cwd, 'm'), upstream);
  await assertBundled(join(cwd, 'bundles'), upstream);

  rmSync(join(cwd, 'bundles'), { recursive: true });
  const before = upstream.requests;
  const third = await runTool(t, 'downloader', args, cwd);
  assert.deepEqual(counts(third), done(0, 0, 60));
  assert.equal(upstream.requests, before);
  assertMirrors(join(cwd, 'm'), upstream);
  await assertBundled(join(cwd, 'bundles'), upstream);
});

test('a loose mirror moves into bundles without a single request', async (t) => {
  const cwd = scratch(t);
  const profile = sizeProfile(60_000);
  const upstream = await startUpstream(t, cwd, { crates: 30, profile });
  await runTool(t, 'downloader', [...upstream.args, '--out', 'm'], cwd);
  writeFileSync(join(cwd, 'm/cr/at/crate-0000-0.1.0.crate'), 'something else');
  const before = upstream.requests;
  const moved = await runTool(t, 'downloader', [...upstream.args, ...BUNDLE, ...JSON_LOG, '--out', 'm'], cwd);
  assert.equal(moved.code, 0, moved.stderr);
  assert.deepEqual(counts(moved), done(1, 0, 89));
  assert.equal(upstream.requests, before + 1);
  await assertBundled(join(cwd, 'bundles'), upstream);
  // A file that does not match the index must not be removed.
  assert.deepEqual(sortedPaths(readTree(join(cwd, 'm'))), ['cr/at/crate-0000-0.1.0.crate']);
});

test('a mirror of bundles is not downloaded again as loose files by mistake', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 3 });
  const run = (...args: string[]) => runTool(t, 'downloader', [...upstream.args, ...args], cwd);
  assert.equal((await run('--bundle', '--bundles-out', 'b b')).code, 0);
  const { requests } = upstream;
  const forgotten = await run();
  assert.deepEqual(
    [forgotten.code, forgotten.stderr],
    [
      2,
      `downloader: the crate files of out are in bundles, in ${cwd}/b b. Add --bundle --bundles-out '${cwd}/b b'; ` +
        'or, to have loose files again, remove out/.crates-mirror/bundles.json: ' +
        'what bundle-extractor has not put back by then is downloaded\n',
    ],
  );
  const elsewhere = await run('--bundle');
  const anew = 'or, to mirror all of them anew, remove out/.crates-mirror/bundles.json\n';
  assert.deepEqual(
    [elsewhere.code, elsewhere.stderr],
    [
      2,
      `downloader: the crate files of out are in bundles, in ${cwd}/b b, and bundles has none. ` +
        `Say --bundles-out '${cwd}/b b'; ${anew}`,
    ],
  );
  renameSync(join(cwd, 'b b'), join(cwd, 'moved'));
  mkdirSync(join(cwd, 'b b'));
  const unmounted = await run('--bundle', '--bundles-out', 'b b', '--dry-run');
  assert.deepEqual(
    [unmounted.code, unmounted.stderr],
    [
      2,
      `downloader: the crate files of out are in bundles in ${cwd}/b b, which has none now. ` +
        `See whether its disk is mounted; ${anew}`,
    ],
  );
  assert.equal((await run('--bundle', '--bundles-out', 'moved')).code, 0);
  rmSync(join(cwd, 'b b'), { recursive: true });
  renameSync(join(cwd, 'moved'), join(cwd, 'b b'));
  assert.equal((await run('--bundle', '--bundles-out', 'b b')).code, 0);
  assert.equal(upstream.requests, requests);
  await runTool(t, 'bundle-extractor', ['--bundles-dir', 'b b', '--out', 'out'], cwd);
  rmSync(join(cwd, 'out/cr/at/crate-0001-0.1.0.crate'));
  rmSync(join(cwd, 'out/.crates-mirror/bundles.json'));
  assert.equal((await run()).code, 0);
  assert.equal(upstream.requests, requests + 1);
  assert.equal((await run('--bundle', '--bundles-out', 'b b')).code, 0);
  assert.equal((await run('--bundle', '--bundles-out', 'b b', '--bundle-mode', 'add')).code, 0);
  assert.equal((await run()).code, 0, 'now there are loose files too');
  assertMirrors(join(cwd, 'out'), upstream);
});

test('the bundles of many nights become one, by way of loose files, without a single request', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 20 });
  const bundles = ['--bundle', '--log-format', 'json', '--out', 'm', '--bundles-out'];
  for (const limit of ['20', '40', '60'])
    await runTool(t, 'downloader', [...upstream.args, ...bundles, 'nightly', '--limit', limit], cwd);
  assert.equal(readdirSync(join(cwd, 'nightly')).filter((name) => name.startsWith('bundle-')).length, 9);
  const { requests } = upstream;
  await runTool(t, 'bundle-extractor', ['--bundles-dir', 'nightly', '--out', 'm'], cwd);
  const anew = await runTool(t, 'downloader', [...upstream.args, ...bundles, 'anew'], cwd);
  assert.deepEqual(counts(anew), done(0, 0, 60));
  assert.equal(upstream.requests, requests);
  assert.equal(readCatalog(join(cwd, 'anew')).size, 1);
  await assertBundled(join(cwd, 'anew'), upstream);
  assert.equal(readTree(join(cwd, 'm')).size, 0);
});

test('a crate larger than a bundle, and one that spans frames', async (t) => {
  const cwd = scratch(t);
  const profile: SizeProfile = { median: 400_000, sigma: 1.5, max: 4_000_000 };
  const upstream = await startUpstream(t, cwd, { crates: 20, profile });
  assert.ok([...upstream.files.values()].some(({ length }) => length > 2_000_000));
  const ended = await runTool(t, 'downloader', [...upstream.args, ...BUNDLE, ...JSON_LOG], cwd);
  assert.equal(ended.code, 0, ended.stderr);
  await assertBundled(join(cwd, 'bundles'), upstream);
  for (const { size, entries } of readCatalog(join(cwd, 'bundles')).values())
    assert.ok(size <= 1_000_000 || entries === 1, `${entries} entries, ${size} bytes`);
});

test('kill -9 at any moment: the next run goes on, nothing is missing, nothing doubled', async (t) => {
  const cwd = scratch(t);
  let tool: RunningTool | undefined;
  let requestsLeft = 0;
  const upstream = await startUpstream(t, cwd, {
    crates: 150,
    profile: sizeProfile(8000),
    faults: () => {
      if (--requestsLeft === 0) tool?.child.kill('SIGKILL');
      return undefined;
    },
  });
  const args = [...upstream.args, ...BUNDLE, ...JSON_LOG, '--concurrency', '8'];
  const bundles = join(cwd, 'bundles');
  for (const requests of [1, 60, 90, 120, 60, 90]) {
    requestsLeft = requests;
    tool = startTool(t, 'downloader', args, cwd);
    const { code } = await tool.ended;
    assert.equal(code, null, 'it was killed');
  }
  const promised = new Set<string>();
  if (existsSync(join(cwd, 'manifest.jsonl')))
    for (const { path, ok } of await records(join(cwd, 'manifest.jsonl'))) if (ok) promised.add(path);
  const ended = await runTool(t, 'downloader', args, cwd);
  assert.equal(ended.code, 0, ended.stderr);
  await assertBundled(bundles, upstream);
  const { downloaded, existing } = counts(ended);
  assert.equal((downloaded ?? 0) + (existing ?? 0), 450);
  assert.ok((existing ?? 0) >= promised.size, `${existing} existing, ${promised.size} promised`);
  assert.deepEqual(readdirSync(join(bundles, '.crates-mirror/tmp')), []);
  const left = readdirSync(cwd, { recursive: true }).map(String);
  assert.deepEqual(
    left.filter((name) => /tmp-\w+-\w+-\w+\.partial$/.test(name)),
    [],
  );
});

test('Ctrl-C finishes the bundle; the next run begins another', async (t) => {
  const cwd = scratch(t);
  const gate = new Gate(300);
  const upstream = await startUpstream(t, cwd, { crates: 300, faults: gate.faults });
  const args = [...upstream.args, ...BUNDLE, ...JSON_LOG];
  const tool = startTool(t, 'downloader', [...args, '--concurrency', '8'], cwd);
  const bundles = join(cwd, 'bundles');
  while (!hasPartial(bundles) && tool.child.exitCode === null) await sleep(20);
  tool.child.kill('SIGINT');
  await untilLogged(tool, 'SIGINT: finishing');
  gate.open();
  const ended = await tool.ended;
  assert.equal(ended.code, 130);
  const held = await readBundles(bundles);
  assert.ok(held.size > 0 && held.size < 900, `${held.size} members`);
  assert.equal(summary(ended)['ok'], held.size);
  const next = await runTool(t, 'downloader', args, cwd);
  assert.deepEqual(counts(next), done(900 - held.size, held.size));
  await assertBundled(bundles, upstream);
  assert.ok(readCatalog(bundles).size >= 2);
});

function hasPartial(bundles: string): boolean {
  return existsSync(bundles) && readdirSync(bundles).some((name) => name.endsWith('.tar.zst.partial'));
}

test('a full disk: the message says how much is needed, and with room the next run goes on', async (t) => {
  const disk = mountSmallDisk(t, '3m');
  if (disk === undefined) {
    t.skip('mounting a small tmpfs needs root');
    return;
  }
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { profile: sizeProfile(15_000) });
  const bundles = join(disk.path, 'b');
  const args = [...upstream.args, '--bundle', '--bundle-size-gb', '1', '--bundles-out', bundles];
  const full = await runTool(t, 'downloader', args, cwd);
  assert.equal(full.code, 1, full.stdout);
  assert.match(
    full.stderr,
    /cannot write the mirror: bundles in .*: ENOSPC: no space left on device, write \([\d.]+ k?M?B free, [\d.]+ [kM]B needed at once, up to 1\.00 GB for each further bundle\)\. Free some space and run again: it goes on where it stopped/,
  );
  assert.doesNotMatch(full.stderr, /\n\s+at /);
  const stored = (await records(join(cwd, 'manifest.jsonl'))).filter(({ ok }) => ok).length;
  disk.remount('size=100m');
  const next = await runTool(t, 'downloader', [...args, '--log-format', 'json'], cwd);
  assert.equal(next.code, 0, next.stderr);
  const { existing } = counts(next);
  assert.ok((existing ?? 0) >= stored);
  await assertBundled(bundles, upstream);
});

test('a disk without inodes: the message does not mention bytes, of which there are enough', async (t) => {
  const disk = mountSmallDisk(t, '50m,nr_inodes=14');
  if (disk === undefined) {
    t.skip('mounting a small tmpfs needs root');
    return;
  }
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd);
  const args = [...upstream.args, ...BUNDLE, '--bundles-out', join(disk.path, 'b')];
  const full = await runTool(t, 'downloader', args, cwd);
  assert.equal(full.code, 1, full.stdout);
  assert.match(
    full.stderr,
    /ENOSPC: .* \(no inode is free, as df -i shows\)\. Free some space and run again/,
  );
  disk.remount('nr_inodes=1000');
  assert.equal((await runTool(t, 'downloader', args, cwd)).code, 0);
  await assertBundled(join(disk.path, 'b'), upstream);
});

test('a damaged or missing bundle is reported, and its members are mirrored anew', async (t) => {
  const { cwd, upstream, catalog } = await bundled(t);
  const args = [...upstream.args, ...BUNDLE, ...JSON_LOG];
  const bundles = join(cwd, 'bundles');
  const [first, second] = catalog;
  assert.ok(first !== undefined && second !== undefined);
  rmSync(join(bundles, first.path));
  const bytes = readFileSync(join(bundles, second.path));
  writeFileSync(join(bundles, second.path), bytes.fill(0, 1000, 1010));
  const ended = await runTool(t, 'downloader', args, cwd);
  assert.equal(ended.code, 0, ended.stderr);
  const lost = first.entries + second.entries;
  assert.deepEqual(counts(ended), done(lost, 300 - lost));
  assert.match(ended.stderr, new RegExp(`${first.path} is missing: its members are mirrored anew`));
  assert.match(ended.stderr, new RegExp(`${second.path} is damaged: its members are mirrored anew`));
});

test('a list that names a crate version twice puts it into a bundle once', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 200 });
  const urls = [...upstream.files.keys()].map((path) => {
    const [, name, version] = /^cr\/at\/(crate-\d+)-(.*)\.crate$/.exec(path) as RegExpExecArray;
    return `${upstream.origin}/crates/${name}/${name}-${version}.crate`;
  });
  writeFileSync(join(cwd, 'urls.txt'), `${[...urls, ...urls].join('\n')}\n`);
  const from = ['--list', 'urls.txt', '--ca-file', 'ca.pem'];
  const ended = await runTool(t, 'downloader', [...from, ...BUNDLE, ...JSON_LOG], cwd);
  assert.equal(ended.code, 0, ended.stderr);
  await assertBundled(join(cwd, 'bundles'), upstream);
  assert.equal(upstream.requests, urls.length);
});

test('a folder of bundles that cannot be had: one line, exit 2, nothing touched', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 2 });
  writeFileSync(join(cwd, 'file'), '');
  mkdirSync(join(cwd, 'other/.crates-mirror'), { recursive: true });
  writeFileSync(join(cwd, 'other/.crates-mirror/mirror.json'), '{"format_version":1,"layout":"go"}\n');
  for (const [args, message] of [
    [
      ['--bundles-out', 'm'],
      `--bundles-out and --out are the same directory, ${join(cwd, 'm')}. Give the bundles one of their own; it may be inside the other`,
    ],
    [['--bundles-out', 'file'], '--bundles-out: cannot write to file: '],
    [
      ['--bundles-out', 'other'],
      "other was mirrored with the layout 'go', not 'cargo'. Name that layout, or another place",
    ],
  ] as const) {
    const { code, stdout, stderr } = await runTool(
      t,
      'downloader',
      [...upstream.args, '--bundle', '--out', 'm', ...args],
      cwd,
    );
    assert.equal(code, 2, stderr);
    assert.equal(stdout, '');
    assert.ok(stderr.startsWith(`downloader: ${message}`), stderr);
    assert.equal(stderr.indexOf('\n'), stderr.length - 1);
    assert.equal(existsSync(join(cwd, 'm')), false);
    assert.equal(existsSync(join(cwd, 'manifest.jsonl')), false);
  }
});

test('what a damaged unfinished bundle has lost is mirrored again, and no loose copy is taken for granted', async (t) => {
  const cwd = scratch(t);
  const gate = new Gate(400);
  const upstream = await startUpstream(t, cwd, {
    crates: 150,
    profile: sizeProfile(8000),
    faults: gate.faults,
  });
  const args = [...upstream.args, '--bundle', '--bundle-size-gb', '1', '--log-format', 'json'];
  const tool = startTool(t, 'downloader', [...args, '--concurrency', '4'], cwd);
  const partial = join(cwd, 'bundles/bundle-0001.tar.zst.partial');
  while (!(existsSync(partial) && statSync(partial).size > 1_000_000) && tool.child.exitCode === null)
    await sleep(10);
  tool.child.kill('SIGKILL');
  await tool.ended;
  gate.open();
  truncateSync(partial, 600_000);
  const ended = await runTool(t, 'downloader', args, cwd);
  assert.equal(ended.code, 0, ended.stderr);
  await assertBundled(join(cwd, 'bundles'), upstream);
});

test('a stray .partial does no harm to the finished bundle of its number', async (t) => {
  const { cwd, upstream, catalog } = await bundled(t);
  const args = [...upstream.args, ...BUNDLE, ...JSON_LOG];
  const bundles = join(cwd, 'bundles');
  const [, second] = catalog as [unknown, CatalogEntry];
  const stray = join(bundles, `${second.bundle}.tar.zst.partial`);
  writeFileSync(stray, readFileSync(join(bundles, second.path)).subarray(0, 50_000));
  const ended = await runTool(t, 'downloader', args, cwd);
  assert.deepEqual(counts(ended), done(0, 300));
  assert.match(ended.stderr, /bundle-0002 is finished; an older \.partial of it is left alone/);
  rmSync(stray);
  await assertBundled(bundles, upstream);
});

test('two bundles of one number: the catalog keeps the one it has', async (t) => {
  const { cwd, upstream, catalog } = await bundled(t);
  const args = [...upstream.args, ...BUNDLE, ...JSON_LOG];
  const bundles = join(cwd, 'bundles');
  const [, second] = catalog as [unknown, CatalogEntry];
  copyFileSync(join(bundles, second.path), join(bundles, 'bundle-0001-other-to-other.tar.zst'));
  for (let run = 0; run < 2; run++) {
    const ended = await runTool(t, 'downloader', args, cwd);
    assert.deepEqual(counts(ended), done(0, 300));
    assert.match(
      ended.stderr,
      /bundle-0001-other-to-other\.tar\.zst has the number of bundle-0001-.*: left alone/,
    );
  }
});

test('a manifest that is missing or was changed is made anew from its bundle', async (t) => {
  const { cwd, upstream, catalog } = await bundled(t);
  const args = [...upstream.args, ...BUNDLE, ...JSON_LOG];
  const bundles = join(cwd, 'bundles');
  const [first, second] = catalog as [CatalogEntry, CatalogEntry];
  const originals = [first, second].map(({ manifest }) => readFileSync(join(bundles, manifest), 'utf8'));
  rmSync(join(bundles, first.manifest));
  writeFileSync(join(bundles, second.manifest), '');
  const ended = await runTool(t, 'downloader', args, cwd);
  assert.deepEqual(counts(ended), done(0, 300));
  assert.ok(
    ended.stderr.includes(`${first.manifest} is missing: made anew from ${first.path}`),
    ended.stderr,
  );
  assert.ok(
    ended.stderr.includes(
      `${second.manifest} is not what the catalog says it is: made anew from ${second.path}`,
    ),
    ended.stderr,
  );
  for (const [i, { manifest }] of [first, second].entries())
    assert.equal(readFileSync(join(bundles, manifest), 'utf8'), originals[i]);
});

test('only verified loose files give way to bundles, and --out may end in a slash', async (t) => {
  const cwd = scratch(t);
  const upstream = await startUpstream(t, cwd, { crates: 5 });
  await runTool(
    t,
    'downloader',
    [...upstream.args, ...BUNDLE, ...JSON_LOG, '--bundle-mode', 'add', '--out', 'm/'],
    cwd,
  );
  writeFileSync(join(cwd, 'm/cr/at/crate-0000-0.1.0.crate'), 'precious');
  const ended = await runTool(
    t,
    'downloader',
    [...upstream.args, ...BUNDLE, ...JSON_LOG, '--out', './m/'],
    cwd,
  );
  assert.equal(ended.code, 0, ended.stderr);
  assert.deepEqual([...readTree(join(cwd, 'm'))].map(String), ['cr/at/crate-0000-0.1.0.crate,precious']);
  assert.ok(existsSync(join(cwd, 'm/.crates-mirror')));
});

test('the sample goes into a bundle and back, byte for byte as it comes loose', async (t) => {
  const cwd = scratch(t);
  const sample = await buildSample();
  const certificate = await makeCertificate();
  const registry = await startRegistry({
    find: serveSample(sample, () => `${registry.origin}/crates`),
    protocol: 'h2',
    certificate,
  });
  t.after(() => registry.close());
  writeSampleIndex(sample, join(cwd, 'index'), `${registry.origin}/crates`);
  writeFileSync(join(cwd, 'ca.pem'), certificate.cert);
  const from = [
    '--index-dir',
    'index',
    '--crates-base-url',
    `${registry.origin}/crates`,
    '--ca-file',
    'ca.pem',
  ];
  const args = [...from, '--include-yanked'];
  assert.equal((await runTool(t, 'downloader', [...args, '--out', 'loose'], cwd)).code, 0);
  assert.equal((await runTool(t, 'downloader', [...args, '--out', 'm', '--bundle'], cwd)).code, 0);
  const back = await runTool(t, 'bundle-extractor', ['--bundles-dir', 'bundles', '--out', 'back'], cwd);
  assert.equal(back.code, 0, back.stdout);
  assert.equal(readTree(join(cwd, 'loose')).size, 33);
  assert.deepEqual(readTree(join(cwd, 'back')), readTree(join(cwd, 'loose')));
});
