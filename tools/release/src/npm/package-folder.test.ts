import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { tryPackage } from '../try-package.ts';
import { writePackageFolder } from './package-folder.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const MAX_BYTES = 15e6;

test('the package has all programs, in plain JavaScript that needs nothing beside it', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'crates-mirror-release-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const folder = join(directory, 'package');
  const { packages } = await writePackageFolder(ROOT, folder);

  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const size = paths.reduce((sum, path) => sum + statSync(join(folder, path)).size, 0);
  assert.ok(size < MAX_BYTES, `${size} bytes`);
  assert.ok(!paths.some((path) => path.endsWith('.ts')));

  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const bins = readdirSync(join(ROOT, 'apps')).flatMap((app) =>
    Object.keys(JSON.parse(readFileSync(join(ROOT, 'apps', app, 'package.json'), 'utf8')).bin),
  );
  assert.deepEqual(Object.keys(manifest.bin).sort(), bins.sort());
  const notices = readFileSync(join(folder, 'THIRD-PARTY-LICENSES'), 'utf8');
  for (const { name, license } of packages) {
    assert.notEqual(license, 'UNKNOWN', name);
    assert.match(notices, new RegExp(`^${name} \\d`, 'm'));
  }

  await tryPackage(process.execPath, join(folder, 'bin'), directory);
  const help = execFileSync(process.execPath, [join(folder, 'bin/crates-mirror-index-cloner.js'), '--help']);
  assert.match(String(help), /^Usage: crates-mirror-index-cloner /);
});

test('a Node.js that is too old says so', (t) => {
  const launch = join(import.meta.dirname, '../launch/launch.js');
  const script = `Object.defineProperty(process, 'version', { value: 'v20.0.0' });
    Object.defineProperty(process, 'versions', { value: { node: '20.0.0' } });
    const { launch } = await import(${JSON.stringify(launch)});
    await launch(() => { throw new Error('started'); });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script]);
  t.after(() => child.kill());
  let stderr = '';
  child.stderr.on('data', (data) => (stderr += data));
  return new Promise<void>((done) =>
    child.on('close', (code) => {
      assert.equal(code, 2);
      assert.equal(
        stderr,
        'Node.js v20.0.0 is too old to run this: it needs Node.js 22.15, or 24 or later\n',
      );
      done();
    }),
  );
});
