import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isCrateVersion, isRecordedVersion } from './index.ts';

const VERSIONS = [
  '0.0.0',
  '18446744073709551615.0.0',
  '18446744073709551616.0.0',
  '0.0.100000000000000000000',
  '01.0.0',
  '1.0.00',
  '1.0.0-01',
  '1.0.0-0',
  '1.0.0-0a.-1',
  '1.0.0-18446744073709551616',
  '1.0.0+01.00',
  '1.0.0+',
  '1.0.0-a..b',
  '1.0',
];

test('cargo takes the versions that are taken, and no other', (t) => {
  if (spawnSync('cargo', ['--version']).status !== 0) {
    t.skip('cargo is not installed');
    return;
  }
  const directory = mkdtempSync(join(tmpdir(), 'versions-'));
  t.after(() => rmSync(directory, { recursive: true }));
  mkdirSync(join(directory, 'src'));
  writeFileSync(join(directory, 'src/lib.rs'), '');
  for (const version of VERSIONS) {
    writeFileSync(join(directory, 'Cargo.toml'), `[package]\nname = "a"\nversion = "${version}"\n`);
    const { status } = spawnSync('cargo', ['metadata', '--no-deps', '--offline', '--format-version', '1'], {
      cwd: directory,
      env: { ...process.env, CARGO_HOME: join(directory, 'home') },
    });
    assert.equal(isCrateVersion(version), status === 0, version);
  }
});

test('a version that was mirrored before is still one in the files that mention it', () => {
  for (const version of ['01.0.0', '1.0.0-01', '18446744073709551616.0.0', '1.0.0'])
    assert.equal(isRecordedVersion(version), true, version);
  for (const version of ['1.0', '1.0.0/..', '1.0.0-', `1.0.0-${'a'.repeat(155)}`])
    assert.equal(isRecordedVersion(version), false, version);
});
