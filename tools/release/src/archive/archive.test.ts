import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CodedError } from '@crates-mirror/errors';
import { checkIntegrity, NODE_PACKAGES, PLATFORMS } from './node-package.ts';
import { starterOf } from './starters.ts';
import { type TreeFile, textFile } from './tree.ts';
import { tarOf, writeArchive } from './write-archive.ts';

const FILES: [string, TreeFile][] = [
  ['top/lib/b.js', textFile('b')],
  ['top/bin/a', textFile('#!/bin/sh\n', true)],
  ['top/a', textFile('')],
];

function scratch(t: { after(callback: () => void): void }): string {
  const directory = mkdtempSync(join(tmpdir(), 'crates-mirror-archive-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

test('equal trees have equal archives, in whatever order they came about', () => {
  const [one, other] = [new Map(FILES), new Map(FILES.toReversed())];
  assert.ok(Buffer.concat([...tarOf(one)]).equals(Buffer.concat([...tarOf(other)])));
});

test('tar unpacks an archive, with directories and modes', async (t) => {
  if (spawnSync('zstd', ['--version']).error !== undefined) return t.skip('zstd is not installed');
  const directory = scratch(t);
  await writeArchive(new Map(FILES), join(directory, 'x.tar.zst'));
  const listed = execFileSync('tar', ['--zstd', '--utc', '-tvf', join(directory, 'x.tar.zst')], {
    encoding: 'utf8',
  });
  const members = listed
    .trim()
    .split('\n')
    .map((line) => line.replaceAll(/\s+/g, ' '));
  const at = '1985-10-26 08:15';
  assert.deepEqual(members, [
    `drwxr-xr-x 0/0 0 ${at} top/`,
    `drwxr-xr-x 0/0 0 ${at} top/bin/`,
    `drwxr-xr-x 0/0 0 ${at} top/lib/`,
    `-rw-r--r-- 0/0 0 ${at} top/a`,
    `-rwxr-xr-x 0/0 10 ${at} top/bin/a`,
    `-rw-r--r-- 0/0 1 ${at} top/lib/b.js`,
  ]);
});

test('a starter finds its folder from anywhere', (t) => {
  const directory = scratch(t);
  const [path, { content }] = starterOf('linux-x64', 'some');
  for (const folder of ['x y/bin', 'x y/node/bin', 'links'])
    mkdirSync(join(directory, folder), { recursive: true });
  const starter = join(directory, 'x y', path);
  writeFileSync(starter, content, { mode: 0o755 });
  const node = join(directory, 'x y/node/bin/node');
  writeFileSync(node, '#!/bin/sh\necho "$@"\n');
  chmodSync(node, 0o755);
  symlinkSync('../x y/bin/some', join(directory, 'links/relative'));
  symlinkSync(join(directory, 'links/relative'), join(directory, 'links/absolute'));
  const runs: [string, string[]][] = [
    [starter, ['a b']],
    [join(directory, 'links/absolute'), ['a b']],
    ['./links/relative', ['a b']],
    ['sh', ['links/relative', 'a b']],
  ];
  for (const [command, args] of runs) {
    const stdout = execFileSync(command, args, { cwd: directory, encoding: 'utf8' });
    assert.match(stdout, /x y\/bin\/\.\.\/lib\/crates-mirror\/bin\/some\.js a b\n$/, command);
  }
  assert.match(
    String(starterOf('windows-x64', 'some')[1].content),
    /^@"%~dp0\.\.\\node\\node\.exe" .*some\.js" %\*\r\n$/,
  );
});

test('Node.js is the one that is locked', () => {
  const locked = NODE_PACKAGES['linux-x64'];
  assert.throws(
    () => checkIntegrity(locked, Buffer.from('x')),
    (error) => error instanceof CodedError && error.code === 'wrong_integrity',
  );
  for (const platform of PLATFORMS) {
    const { name, integrity, version } = NODE_PACKAGES[platform];
    assert.match(integrity, /^sha512-[\w+/]{86}==$/);
    assert.match(`${name}@${version}`, /^node-(bin-)?(linux|darwin|win)-(x64|arm64)@2\d\.\d+\.\d+$/);
  }
  const { devDependencies } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../../../package.json'), 'utf8'),
  );
  assert.equal(NODE_PACKAGES['windows-x64'].version, devDependencies.node, 'the version that tests run with');
});
