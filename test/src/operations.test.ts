import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { REPOSITORY, scratch } from './tools.ts';

const UNITS = join(REPOSITORY, 'contrib/systemd');

test('systemd takes the units, and the service starts what is there', (t) => {
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) {
    t.skip('systemd-analyze is not installed');
    return;
  }
  const directory = scratch(t);
  const units = readdirSync(UNITS);
  assert.deepEqual(units, ['crates-mirror.service', 'crates-mirror.timer']);
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

test('the service’s command line is one that index-cloner takes', (t) => {
  const unit = readFileSync(join(UNITS, 'crates-mirror.service'), 'utf8').replaceAll('\\\n', ' ');
  const command = /^ExecStart=(\S+) (.*)$/m.exec(unit);
  const [, program = '', args = ''] = command ?? [];
  const [file, ...more] = [program.replace('/opt/crates-mirror', REPOSITORY), ...args.trim().split(/ +/)];
  const dryRun = [...more, '--dry-run', '--index-dir', 'none', '--index-url', 'file:///none'];
  const env = { ...process.env, PATH: `${join(REPOSITORY, 'node_modules/.bin')}:${process.env['PATH']}` };
  const { status, stdout, stderr } = spawnSync(file as string, dryRun, {
    cwd: scratch(t),
    env,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^file:\/\/\/none would be cloned into none\.\n/);
});
