import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMANDS } from '@crates-mirror/suite/commands';
import { roff } from './roff.ts';
import { writeShared } from './share.ts';

test('text has no request and no escape in it', () => {
  assert.equal(roff(".so x\n'b \\n--c"), '\\&.so x\n\\(aqb \\en\\-\\-c');
});

test('every command has a manual page with all its options, which renders without a warning', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'share-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const pages = writeShared(directory);
  assert.deepEqual(
    readdirSync(join(directory, 'share/man/man1')).sort(),
    pages.map((page) => page.slice('./share/man/man1/'.length)).sort(),
  );
  const texts = pages.map((page) => readFileSync(join(directory, page), 'utf8'));
  for (const { options, name } of COMMANDS) {
    const page = texts.find((text) => text.includes(`.B ${roff(name)}\n[options]`));
    assert.ok(page !== undefined, name);
    for (const { flags } of options) assert.ok(page.includes(roff(flags.split(' ')[0] as string)), flags);
  }
  const man = join(directory, 'share/man');
  if (spawnSync('mandoc', ['-v']).error === undefined) {
    const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', ...pages], {
      cwd: directory,
      encoding: 'utf8',
    });
    const warnings = stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date'));
    assert.deepEqual(warnings, []);
  }
  if (spawnSync('man', ['--version']).error !== undefined) return t.skip('man is not installed');
  const env = { ...process.env, MANPATH: man, LC_ALL: 'C.UTF-8', MANWIDTH: '100' };
  const shown = spawnSync('man', ['--warnings', 'crates-mirror-downloader'], { encoding: 'utf8', env });
  assert.equal(shown.stderr, '');
  assert.match(shown.stdout, /^ +--index-dir dir$/m);
  assert.match(shown.stdout, /^ +crates-mirror download --sample$/m);
});
