import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { asStarted, COMMAND_NAMES, isLocal, parseCommand, startedAsSuite, VERSION } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { COMMANDS } from './commands.ts';
import { findWord } from './find-word.ts';
import { mapOfCommands } from './map.ts';
import { WORDS } from './words.ts';

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(import.meta.dirname, 'main.js'), ...args], { encoding: 'utf8' });
}

test('every command of every tool is a word of crates-mirror', () => {
  const programs = COMMANDS.map(({ name }) => name).sort();
  assert.deepEqual(COMMAND_NAMES.map(({ program }) => program).sort(), programs);
  const own = ['config', 'completion'];
  assert.deepEqual(
    WORDS.map(({ word }) => word).sort(),
    [...own, ...COMMAND_NAMES.map(({ word }) => word)].sort(),
  );
  for (const { word } of WORDS) assert.match(mapOfCommands(), new RegExp(`^  ${word} +\\S`, 'm'));
});

test('no option takes an address in an object store for a path on this machine', () => {
  const accepting: string[] = [];
  for (const spec of COMMANDS)
    for (const option of spec.options) {
      const [name = ''] = option.flags.split(' ');
      const address = `s3://bucket/${name}`;
      if (option.acceptsStore === true) accepting.push(`${spec.name} ${name}`);
      if (!isLocal(option)) continue;
      const operand = spec.operand === undefined ? [] : ['x'];
      assert.throws(() => parseCommand(spec, [...operand, `${name}=${address}`], {}), {
        code: 'usage',
        message: new RegExp(`^${name}: ${address} is in an object store, and a (directory|file) on this`),
      });
    }
  assert.deepEqual(accepting.sort(), [
    'crates-mirror-archive-hasher --dir',
    'crates-mirror-archive-hasher verify --dir',
    'crates-mirror-carrier unpack --mirror',
    'crates-mirror-downloader --out',
    'crates-mirror-index-cloner --output-dir',
    'crates-mirror-server --mirror',
    'crates-mirror-server export --mirror',
    'crates-mirror-sidecar-generator --parquet-out',
  ]);
});

test('a mistyped name gets a suggestion', () => {
  const all =
    'There are index, download, sidecars, extract, serve, export, hash, verify, pack, verify-parcels, unpack, parcel-status, config, completion.';
  const table: [string, string][] = [
    ['dowload', 'Did you mean download?'],
    ['downloader', 'Did you mean download?'],
    ['side', 'Did you mean sidecars?'],
    ['server', 'Did you mean serve?'],
    ['Export', 'Did you mean export?'],
    ['xyz', all],
    ['', all],
    ['--sample', all],
  ];
  for (const [typed, advice] of table)
    assert.throws(
      () => findWord(typed),
      (error) => error instanceof UsageError && error.hint === `${advice} See crates-mirror --help`,
      typed,
    );
});

test('without a command, the map comes to stderr and nothing is done', () => {
  const { status, stdout, stderr } = run();
  assert.deepEqual([status, stdout, stderr], [2, '', mapOfCommands()]);
});

test('the map, the version, and a mistyped command', () => {
  for (const argument of ['--help', '-h', 'help'])
    assert.deepEqual([run(argument).status, run(argument).stdout], [0, mapOfCommands()]);
  assert.equal(run('--version').stdout, `crates-mirror ${VERSION}\n`);
  const { status, stdout, stderr } = run('dowload', '--sample');
  assert.deepEqual([status, stdout], [2, '']);
  assert.equal(
    stderr,
    "crates-mirror: 'dowload' is not a command of crates-mirror. Did you mean download? See crates-mirror --help\n",
  );
});

test('examples of every command name commands that exist, both ways', () => {
  startedAsSuite();
  for (const { name, examples } of COMMANDS) {
    const program = name.split(' ')[0] as string;
    assert.match(examples, new RegExp(`^ {2}${program} `, 'm'), name);
    const [commands = ''] = examples.split('\n\n');
    const words = [...asStarted(commands).matchAll(/(?<=^ {2}|see )crates-mirror(\S*) (\S+)/gm)];
    assert.ok(words.length > 0, examples);
    for (const [text, rest, word] of words)
      assert.ok(rest === '' && WORDS.some((one) => one.word === word), text);
  }
});

test('the help of a command is that of its tool', () => {
  const { status, stdout } = run('export', '--help');
  assert.equal(status, 0);
  assert.match(stdout, /^Usage: crates-mirror export \[/);
  assert.match(stdout, /^ {2}crates-mirror export --mirror/m);
  assert.equal(run('help', 'export').stdout, stdout);
});

test('errors of a command name commands the same way', () => {
  const { status, stderr } = run('export', '--mirror', 'm');
  assert.equal(status, 2);
  assert.match(stderr, /See crates-mirror export --help\n$/);
  assert.equal(run('serve', '--version').stdout, `crates-mirror serve ${VERSION}\n`);
});
