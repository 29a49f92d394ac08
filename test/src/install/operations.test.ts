import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { REPOSITORY, scratch } from '../support/tools.ts';

const UNITS = join(REPOSITORY, 'contrib/systemd');

test('systemd accepts the units, and the service starts the installed programs', (t) => {
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) {
    t.skip('systemd-analyze is not installed');
    return;
  }
  const directory = scratch(t);
  const units = readdirSync(UNITS);
  assert.deepEqual(units, [
    'crates-mirror-server.service',
    'crates-mirror-server.socket',
    'crates-mirror.service',
    'crates-mirror.timer',
  ]);
  for (const unit of units) {
    const text = readFileSync(join(UNITS, unit), 'utf8').replaceAll('/opt/crates-mirror', REPOSITORY);
    writeFileSync(join(directory, unit), text);
  }
  const { status, stdout, stderr } = spawnSync(
    'systemd-analyze',
    ['verify', '--man=no', '--recursive-errors=no', ...units.map((unit) => join(directory, unit))],
    { encoding: 'utf8' },
  );
  assert.deepEqual([status, stdout, stderr], [0, '', '']);
});

/** On a scale to 10; systemd calls values below 2 safe. */
const MAX_EXPOSED = 2;

test('services can do little to the machine', (t) => {
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) {
    t.skip('systemd-analyze is not installed');
    return;
  }
  for (const unit of readdirSync(UNITS).filter((name) => name.endsWith('.service'))) {
    const args = ['security', '--offline=true', '--no-pager', join(UNITS, unit)];
    const { stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    const level = /Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1];
    assert.ok(Number(level) < MAX_EXPOSED, `${unit}: ${level} ${stderr}`);
  }
});

test('the server’s command line is one that mirror-server takes', () => {
  const unit = readFileSync(join(UNITS, 'crates-mirror-server.service'), 'utf8').replaceAll('\\\n', ' ');
  const [, program = '', args = ''] = /^ExecStart=(\S+) (.*)$/m.exec(unit) ?? [];
  const file = program.replace('/opt/crates-mirror', REPOSITORY);
  const { status, stderr } = spawnSync(file, [...args.trim().split(/ +/), '--listen', 'nowhere'], {
    env: { ...process.env, PATH: `${join(REPOSITORY, 'node_modules/.bin')}:${process.env['PATH']}` },
    encoding: 'utf8',
  });
  assert.equal(status, 2);
  assert.match(stderr, /^mirror-server: --listen: 'nowhere' is not an address/);
});

test('the service’s command line is one that index-cloner takes, where a mirror is', (t) => {
  const unit = readFileSync(join(UNITS, 'crates-mirror.service'), 'utf8').replaceAll('\\\n', ' ');
  const command = /^ExecStart=(\S+) (.*)$/m.exec(unit);
  const [, program = '', args = ''] = command ?? [];
  const [file, ...more] = [program.replace('/opt/crates-mirror', REPOSITORY), ...args.trim().split(/ +/)];
  const dryRun = [...more, '--dry-run', '--index-dir', 'none', '--index-url', 'file:///none'];
  const env = { ...process.env, PATH: `${join(REPOSITORY, 'node_modules/.bin')}:${process.env['PATH']}` };
  const cwd = scratch(t);
  const run = () => spawnSync(file as string, dryRun, { cwd, env, encoding: 'utf8' });
  const refused = run();
  assert.equal(refused.status, 2);
  assert.match(
    refused.stderr,
    /^index-cloner: --output-dir: there is no mirror in mirror, and --require-existing/,
  );
  mkdirSync(join(cwd, 'mirror/.crates-mirror'), { recursive: true });
  writeFileSync(
    join(cwd, 'mirror/.crates-mirror/mirror.json'),
    '{"format_version":1,"layout":"{lowerprefix}/{crate}-{version}.crate"}',
  );
  const { status, stdout, stderr } = run();
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^file:\/\/\/none would be cloned into none\.\n/);
});
