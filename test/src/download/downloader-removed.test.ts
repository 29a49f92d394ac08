import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { mirrorSample, startServer } from '../support/mirror-server-tools.ts';
import {
  type Cleanup,
  type Ended,
  programOf,
  readTree,
  runTool,
  scratch,
  summary,
} from '../support/tools.ts';

/** Every request fails: these runs find everything in place. */
const NOWHERE = ['--crates-base-url', 'http://127.0.0.1:9/crates', '--retries', '0'];
const GONE = 'sn/ow/snow_flake-0.2.0.crate';

function rerun(t: Cleanup, cwd: string, ...args: string[]): Promise<Ended> {
  const source = ['--index-dir', 'index', '--include-yanked', ...NOWHERE];
  return runTool(t, 'downloader', [...source, ...args], cwd);
}

function edit(cwd: string, how: (lines: string[]) => string[]): void {
  const path = join(cwd, 'index/sn/ow/snow_flake');
  const lines = how(readFileSync(path, 'utf8').trimEnd().split('\n'));
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
}

function cratesIn(cwd: string, directory = 'out'): string[] {
  return [...readTree(join(cwd, directory)).keys()].filter((path) => path.endsWith('.crate')).sort();
}

interface Line {
  readonly path: string;
  readonly status: string;
  readonly error: { readonly code: string } | null;
}

function lastRecord(cwd: string, path: string): Line | undefined {
  const lines = readFileSync(join(cwd, 'manifest.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Line).findLast((line) => line.path === path);
}

test('--on-removed quarantine: what left the index leaves the mirror, comes back with its line, or by hand', async (t) => {
  const cwd = scratch(t);
  await mirrorSample(t, cwd);
  const before = readTree(join(cwd, 'out'));
  const index = readFileSync(join(cwd, 'index/sn/ow/snow_flake'));
  edit(cwd, ([, ...rest]) => rest);
  rmSync(join(cwd, 'index/ro/ma/roman'));

  const kept = await rerun(t, cwd);
  assert.equal(kept.code, 0, kept.stderr);
  assert.deepEqual(
    readTree(join(cwd, 'out')).get(GONE),
    before.get(GONE),
    'nothing is removed unless that is asked for',
  );

  const moved = await rerun(t, cwd, '--on-removed', 'quarantine');
  assert.equal(moved.code, 0, moved.stderr);
  assert.match(moved.stdout, / quarantined +2 {3}no longer to be mirrored; --restore brings them back\n/);
  assert.match(
    moved.stderr,
    /quarantined: snow_flake 0\.2\.0 \(the index no longer names it\): sn\/ow\/\S+ is now quarantine\/\d{4}-\d\d-\d\d\/snow_flake-0\.2\.0-[0-9a-f]{16}\.crate/,
  );
  const [day = ''] = readdirSync(join(cwd, 'out/.crates-mirror/quarantine'));
  const quarantine = readTree(join(cwd, 'out/.crates-mirror/quarantine', day));
  const file = [...quarantine.keys()].find((name) => name.startsWith('snow_flake')) ?? '';
  assert.deepEqual(quarantine.get(file), before.get(GONE));
  const { status, error } = lastRecord(cwd, GONE) ?? {};
  assert.deepEqual([status, error?.code], ['quarantined', 'left_index']);

  const again = await rerun(t, cwd, '--on-removed', 'quarantine', '--log-format', 'json');
  assert.deepEqual(summary(again)['removed'], { quarantined: 0, deleted: 0, withdrawn: 0, restored: 0 });

  // Nothing can be downloaded here: its line brings it back from quarantine, whatever this run's
  // options are.
  writeFileSync(join(cwd, 'index/sn/ow/snow_flake'), index);
  const back = await rerun(t, cwd);
  assert.equal(back.code, 0, back.stderr);
  assert.match(back.stdout, / restored +1 {3}to be mirrored again\n/);
  assert.deepEqual(readTree(join(cwd, 'out')).get(GONE), before.get(GONE));

  const byHand = await runTool(t, 'downloader', ['--restore', 'roman@1.0.0', '--out', 'out'], cwd);
  assert.equal(byHand.code, 0, byHand.stderr);
  assert.match(byHand.stdout, /^roman 1\.0\.0 is back: .*\/out\/ro\/ma\/roman-1\.0\.0\.crate\n$/);
  assert.equal(lastRecord(cwd, 'ro/ma/roman-1.0.0.crate')?.status, 'restored');
  const kept2 = await rerun(t, cwd, '--on-removed', 'quarantine');
  assert.equal(kept2.code, 0, kept2.stderr);
  assert.deepEqual(cratesIn(cwd), [...before.keys()].filter((path) => path.endsWith('.crate')).sort());
  const none = await runTool(t, 'downloader', ['--restore', 'roman@1.0.0', '--out', 'out'], cwd);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /--restore: nothing of roman 1\.0\.0 is in the quarantine of out/);
});

test('--deny: a denied version is removed, and not fetched again', async (t) => {
  const cwd = scratch(t);
  await mirrorSample(t, cwd);
  writeFileSync(
    join(cwd, 'deny.toml'),
    'version = 1\n[[deny]]\ncrate = "snow-flake"\nversions = "=0.2.0"\nreason = "r"\n',
  );
  const moved = await rerun(t, cwd, '--deny', 'deny.toml', '--on-removed', 'quarantine');
  assert.equal(moved.code, 0, moved.stderr);
  assert.deepEqual(lastRecord(cwd, GONE)?.error?.code, 'denied');
  assert.ok(!cratesIn(cwd).includes(GONE));
  const again = await rerun(t, cwd, '--deny', 'deny.toml', '--dry-run', '--log-format', 'json');
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(summary(again)['left_out_by'], { denied: 1 });
  assert.equal(summary(again)['to_download'], 0);
  const explained = await rerun(t, cwd, '--deny', 'deny.toml', '--explain', 'snow_flake@0.2.0');
  assert.match(
    explained.stdout,
    /^snow_flake 0\.2\.0 is not selected\.\nThe mirror has had this selection since \S+\.\n\n {2}0\.2\.0 {2}no {3}denied: r\n {4}in quarantine since \S+: denied: r\n$/,
  );
  writeFileSync(join(cwd, 'deny.toml'), 'version = 1\n[[deny]]\ncrate = "snow');
  assert.equal((await rerun(t, cwd, '--deny', 'deny.toml')).code, 2);
});

test('--on-removed delete: asked for twice, never much, and only by an index that can be read', async (t) => {
  const cwd = scratch(t);
  await mirrorSample(t, cwd);
  const before = cratesIn(cwd);
  edit(cwd, ([, ...rest]) => rest);

  const unasked = await rerun(t, cwd, '--on-removed', 'delete');
  assert.equal(unasked.code, 2);
  assert.match(
    unasked.stderr,
    /--on-removed delete asks before it deletes anything, and there is no terminal/,
  );

  // A link is not an index file, so the crates it named are unknown.
  renameSync(join(cwd, 'index/3/h/hex'), join(cwd, 'hex'));
  symlinkSync(join(cwd, 'hex'), join(cwd, 'index/3/h/hex'));
  const unread = await rerun(t, cwd, '--on-removed', 'delete', '--yes');
  assert.equal(unread.code, 1);
  assert.match(unread.stderr, /nothing is removed: 3\/h\/hex not a regular file/);
  rmSync(join(cwd, 'index/3/h/hex'));
  renameSync(join(cwd, 'hex'), join(cwd, 'index/3/h/hex'));

  renameSync(join(cwd, 'index'), join(cwd, 'whole'));
  mkdirSync(join(cwd, 'index/sn/ow'), { recursive: true });
  writeFileSync(join(cwd, 'index/config.json'), '{}');
  writeFileSync(join(cwd, 'index/sn/ow/snow_flake'), readFileSync(join(cwd, 'whole/sn/ow/snow_flake')));
  const emptied = await rerun(t, cwd, '--on-removed', 'delete', '--yes');
  assert.equal(emptied.code, 1);
  assert.match(
    emptied.stderr,
    /nothing is removed: \d+ of the \d+ crate files would be, more than --max-removals allows, .* the first: the index no longer names it/,
  );
  rmSync(join(cwd, 'index'), { recursive: true });
  renameSync(join(cwd, 'whole'), join(cwd, 'index'));
  assert.deepEqual(cratesIn(cwd), before);

  const none = await rerun(t, cwd, '--on-removed', 'delete', '--yes', '--max-removals', '0');
  assert.equal(none.code, 1);
  const deleted = await rerun(t, cwd, '--on-removed', 'delete', '--yes');
  assert.equal(deleted.code, 0, deleted.stderr);
  assert.match(deleted.stdout, / deleted +1 {3}no longer to be mirrored\n/);
  assert.deepEqual(
    cratesIn(cwd),
    before.filter((path) => path !== GONE),
  );
  assert.equal(lastRecord(cwd, GONE)?.status, 'deleted');
});

test('a member of a bundle is withdrawn: it stays there, and nobody hands it out until it is restored', async (t) => {
  const cwd = scratch(t);
  await mirrorSample(t, cwd, '--bundle');
  const before = readTree(join(cwd, 'bundles'));
  const line = readFileSync(join(cwd, 'index/sn/ow/snow_flake'), 'utf8').split('\n')[0] ?? '';
  const { cksum } = JSON.parse(line) as { cksum: string };
  edit(cwd, ([, ...rest]) => rest);
  const ended = await rerun(t, cwd, '--bundle', '--on-removed', 'delete', '--yes');
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, / withdrawn +1 {3}stay in their bundles, and are not served\n/);
  const { status, error } = lastRecord(cwd, GONE) ?? {};
  assert.deepEqual([status, error?.code], ['withdrawn', 'left_index']);
  for (const [path, bytes] of before)
    if (!path.startsWith('.crates-mirror'))
      assert.deepEqual(readTree(join(cwd, 'bundles')).get(path), bytes, path);

  // This server serves crates that have left the index to clients that know the checksum, except
  // withdrawn ones.
  const serving = ['--bundles-dir', 'bundles', '--index-dir', 'index', '--serve-removed'];
  const { origin } = await startServer(t, serving, cwd);
  const url = `${origin}/crates/${GONE}?sha256=${cksum}`;
  assert.equal((await fetch(url)).status, 404);
  const extracted = await runTool(t, 'bundle-extractor', ['--bundles-dir', 'bundles', '--out', 'loose'], cwd);
  assert.equal(extracted.code, 0, extracted.stderr);
  assert.ok(!cratesIn(cwd, 'loose').includes(GONE));
  assert.match(extracted.stdout, / withdrawn +1 /);

  const restored = await runTool(
    t,
    'downloader',
    ['--restore', 'snow_flake@0.2.0', '--out', 'out', '--bundle', '--bundles-out', 'bundles'],
    cwd,
  );
  assert.equal(restored.code, 0, restored.stderr);
  while ((await fetch(url)).status !== 200);
});

test('on a terminal --on-removed delete asks, and no is no', async (t) => {
  if (spawnSync('script', ['--version']).error !== undefined) {
    t.skip('script is not installed');
    return;
  }
  const cwd = scratch(t);
  await mirrorSample(t, cwd);
  edit(cwd, ([, ...rest]) => rest);
  const args = ['--index-dir', 'index', '--include-yanked', ...NOWHERE, '--on-removed', 'delete'];
  const command = [process.execPath, programOf('downloader'), ...args].join(' ');
  for (const [answer, isThere] of [
    ['n', true],
    ['y', false],
  ] as const) {
    const child = spawn('script', ['-qec', command, '/dev/null'], { cwd, stdio: ['pipe', 'pipe', 'ignore'] });
    t.after(() => child.kill());
    let stdout = '';
    child.stdout.on('data', (data) => {
      if (!stdout.includes('[y/N]') && `${stdout}${data}`.includes('[y/N]')) child.stdin.write(`${answer}\n`);
      stdout += data;
    });
    await once(child, 'close');
    assert.match(
      stdout,
      /One crate file is no longer to be mirrored:\s+sn\/ow\/snow_flake-0\.2\.0\.crate: the index no longer names it\s+Delete for good\? \[y\/N\]/,
    );
    assert.equal(cratesIn(cwd).includes(GONE), isThere, stdout);
  }
});
