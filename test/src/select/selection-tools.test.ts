import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { NO_CARGO, Project } from '../support/cargo-project.ts';
import { hasGitDaemon, startIndexRemote } from '../support/index-remote.ts';
import { startServer, writeSample } from '../support/mirror-server-tools.ts';
import { readTree, runTool, scratch, sortedPaths } from '../support/tools.ts';

const MIRROR = ['--mirror', 'out', '--index-dir', 'index'];
/** Of two versions and many crates. */
const NEWEST = 'sn/ow/snow_flake-0.2.1.crate';

test('mirror-server: cargo sees selected versions, and nothing else', { skip: NO_CARGO }, async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  writeFileSync(join(cwd, 'selection.toml'), 'version = 1\ninclude = ["snow-*"]\nlatest = 1\ndeps = true\n');
  const { origin } = await startServer(t, [...MIRROR, '--selection', 'selection.toml'], cwd);
  const status = async (path: string): Promise<number> => (await fetch(`${origin}/${path}`)).status;
  assert.deepEqual(
    [await status(`crates/${NEWEST}`), await status('crates/sn/ow/snow_flake-0.2.0.crate')],
    [200, 404],
  );
  assert.deepEqual(
    [await status('crates/snow_flake'), await status('index/ro/ma/roman'), await status('crates/roman')],
    [200, 404, 404],
  );
  const program = {
    manifest:
      '[package]\nname = "application"\nversion = "0.1.0"\nedition = "2021"\n\n[dependencies]\nsnow_flake = "0.2"\n',
    main: 'fn main() {}\n',
  };
  const project = new Project(cwd, origin, {}, program);
  await project.cargo('fetch');
  assert.ok(project.locked.has('snow_flake 0.2.1'));
});

test('an export has selected versions alone; those that another selection leaves out go from the index, and with --prune altogether', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  const site = ['export', ...MIRROR, '--public-url', 'https://mirror.example', '--out', 'site'];
  const export_ = async (...args: string[]): Promise<string[]> => {
    const ended = await runTool(t, 'mirror-server', [...site, ...args], cwd);
    assert.equal(ended.code, 0, ended.stderr + ended.stdout);
    const files = sortedPaths(readTree(join(cwd, 'site')));
    return files.filter((path) => path !== 'index/config.json');
  };
  const latest = ['--include', 'snow*', '--latest', '1'];
  assert.deepEqual(await export_(...latest), [`crates/${NEWEST}`, 'index/sn/ow/snow_flake']);
  const more = await export_('--include', 'snow*', '--include', 'roman');
  assert.ok(more.includes('index/ro/ma/roman') && more.includes('crates/sn/ow/snow_flake-0.2.0.crate'));
  const kept = await export_(...latest);
  assert.deepEqual(
    kept.filter((path) => path.startsWith('index/')),
    ['index/sn/ow/snow_flake'],
  );
  assert.ok(kept.includes('crates/sn/ow/snow_flake-0.2.0.crate'), 'a crate file stays without --prune');
  assert.deepEqual(await export_(...latest, '--prune'), [`crates/${NEWEST}`, 'index/sn/ow/snow_flake']);
});

test('sidecar-generator makes sidecars of selected versions alone', async (t) => {
  const cwd = scratch(t);
  await writeSample(cwd);
  const args = ['--index-dir', 'index', '--out', 'sidecars', '--include', 'snow*', '--latest', '1'];
  const ended = await runTool(t, 'sidecar-generator', args, cwd);
  assert.equal(ended.code, 0, ended.stderr);
  assert.deepEqual(sortedPaths(readTree(join(cwd, 'sidecars'))), [`${NEWEST}.json`]);
});

test('index-cloner passes a selection on, and looks at all crates once after it has changed', {
  skip: hasGitDaemon() ? false : 'git daemon is not installed',
}, async (t) => {
  const cwd = scratch(t);
  const remote = await startIndexRemote(t, cwd, { crates: 4 });
  const run = async (...more: string[]): Promise<{ readonly looked: unknown; readonly held: string[] }> => {
    const args = ['--index-dir', 'idx', '--output-dir', 'm', '--non-interactive', '--log-format', 'json'];
    const ended = await runTool(t, 'index-cloner', [...remote.args, ...args, ...more], cwd);
    assert.equal(ended.code, 0, ended.stderr);
    const { selection: looked } = JSON.parse(ended.stdout.split('\n', 1)[0] ?? '') as { selection: unknown };
    return { looked, held: sortedPaths(readTree(join(cwd, 'm'))) };
  };
  const files = (...crates: number[]): string[] =>
    sortedPaths(remote.upstream.files).filter((path) => crates.some((n) => path.includes(`crate-000${n}-`)));
  const newest = ['--include', 'crate-0001', '--latest', '1'];
  const held = files(1).filter((path) => !path.includes('-rc.'));
  assert.deepEqual(await run(...newest), { looked: 'everything', held });
  assert.deepEqual(await run(...newest), { looked: 'nothing', held });
  assert.deepEqual(await run('--include', 'crate-000?', '--exclude', '*3'), {
    looked: 'everything',
    held: files(0, 1, 2),
  });
});
