import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runTool, scratch } from '../support/tools.ts';

const ABSENT = 'there is no such file or directory';

test('a path that cannot be read is named with its option, the reason in plain words, and advice', async (t) => {
  const cwd = scratch(t);
  writeFileSync(join(cwd, 'file'), '');
  const table: [tool: string, args: string[], says: string][] = [
    ['archive-hasher', ['--dir', 'nope'], `--dir: cannot read nope: ${ABSENT}. Check the path`],
    [
      'archive-hasher',
      ['--dir', 'file/x'],
      '--dir: cannot read file/x: a part of its path is not a directory',
    ],
    [
      'archive-hasher',
      ['verify', 'nope.yaml', '--dir', '.'],
      `cannot read the inventory nope.yaml: ${ABSENT}. Give`,
    ],
    [
      'bundle-extractor',
      ['--bundles-dir', 'nope', '--list'],
      `--bundles-dir: cannot read nope: ${ABSENT}. Name`,
    ],
    ['downloader', ['--list', 'nope', '--out', 'o'], `--list: cannot read nope: ${ABSENT}. Name a file`],
    [
      'downloader',
      ['--index-dir', 'i', '--ca-file', 'nope', '--out', 'o'],
      `--ca-file: cannot read nope: ${ABSENT}. Check the path`,
    ],
    [
      'mirror-server',
      ['--mirror', '.', '--index-dir', 'i', '--tls-cert', 'nope', '--tls-key', 'nope'],
      'no index at i: there is no such directory.',
    ],
  ];
  for (const [tool, args, says] of table) {
    const { code, stdout, stderr } = await runTool(t, tool, args, cwd);
    assert.equal(code, 2, `${tool} ${args.join(' ')}: ${stderr}`);
    assert.ok(stderr.startsWith(`${tool}: ${says}`), stderr);
    assert.doesNotMatch(stderr, /\bE[A-Z]{4,}\b|lstat|scandir|open '/);
    assert.equal(stdout, '');
    assert.equal(stderr.split('\n').length, 2, stderr);
  }
});

test('a mistyped command is answered with the one that was meant', async (t) => {
  const cwd = scratch(t);
  const { code, stderr } = await runTool(t, 'archive-hasher', ['veryfy', 'x.yaml'], cwd);
  assert.deepEqual(
    [code, stderr],
    [
      2,
      "archive-hasher: 'veryfy' is not a command of crates-mirror-archive-hasher. Did you mean verify? See --help\n",
    ],
  );
  const other = await runTool(t, 'mirror-server', ['expotr', '--out', 'x'], cwd);
  assert.match(other.stderr, /'expotr' is not a command of .*\. Did you mean export\? See --help\n$/);
});
