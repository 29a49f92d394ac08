import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { COMPLETIONS } from './index.ts';
import { COMPLETED_COMMANDS, PROGRAM_NAMES } from './model.ts';

function scripts(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'completion-'));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const [shell, print] of Object.entries(COMPLETIONS)) writeFileSync(join(directory, shell), print());
  writeFileSync(join(directory, 'mirror.toml'), '');
  mkdirSync(join(directory, 'some folder'));
  return directory;
}

function run(command: string, args: string[], cwd: string, input = ''): SpawnSyncReturns<string> {
  return spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    input,
    env: { PATH: process.env['PATH'], HOME: cwd },
  });
}

function isMissing(t: TestContext, shell: string): boolean {
  const isThere = spawnSync(shell, ['--version']).error === undefined;
  if (!isThere) t.skip(`${shell} is not installed`);
  return !isThere;
}

test('every command and every option is in every script', () => {
  for (const [shell, print] of Object.entries(COMPLETIONS)) {
    const text = print();
    for (const program of PROGRAM_NAMES) assert.ok(text.includes(program), `${shell}: ${program}`);
    for (const { word, options } of COMPLETED_COMMANDS) {
      assert.ok(text.includes(word), `${shell}: ${word}`);
      for (const { name } of options) assert.ok(text.includes(shell === 'fish' ? name.slice(2) : name), name);
    }
  }
});

test('bash completes words, options, choices and files', (t) => {
  if (isMissing(t, 'bash')) return;
  const cwd = scripts(t);
  const table: [string[], string[]][] = [
    [['crates-mirror', 'downl'], ['download']],
    [['crates-mirror', '--v'], ['--version']],
    [
      ['crates-mirror', 'download', '--bundle-'],
      ['--bundle-size-gb', '--bundle-mode'],
    ],
    [['crates-mirror', 'download', '--bundle-mode', 'a'], ['add']],
    [['crates-mirror', 'serve', '--config', 'mi'], ['mirror.toml']],
    [['crates-mirror', 'serve', '--mirror', 'so'], ['some folder']],
    [['crates-mirror', 'serve', '--listen', ''], []],
    [['/usr/bin/crates-mirror-server', 'ex'], ['export']],
    [
      ['crates-mirror-server', 'export', '--files', ''],
      ['link', 'copy'],
    ],
    [['crates-mirror-server', '--serve-'], ['--serve-removed']],
    [['crates-mirror-archive-hasher', '--fail'], ['--fail-fast']],
    [['crates-mirror-carrier', 'unp'], ['unpack']],
    [['crates-mirror-carrier', 'pack', '--vers'], ['--version']],
  ];
  const calls = table.map(([words]) => {
    const all = words.map((word) => `'${word}'`).join(' ');
    return `COMP_WORDS=(${all}); COMP_CWORD=${words.length - 1}; _crates_mirror; (IFS=,; echo "\${COMPREPLY[*]}")`;
  });
  const { stdout, stderr } = run('bash', ['--norc', '-c', ['source ./bash', ...calls].join('\n')], cwd);
  assert.equal(stderr, '');
  const found = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (line === '' ? [] : line.split(',')));
  for (const [i, [words, expected]] of table.entries())
    assert.deepEqual(found[i] ?? [], expected, words.join(' '));
});

test('bash completes at its prompt', (t) => {
  if (isMissing(t, 'script')) return;
  const cwd = scripts(t);
  // Tabs complete the line. The echo inserted in front of it then prints it.
  const keys = 'source ./bash\ncrates-mirror downl\t--include-y\t\u0001echo RESULT \n exit\n';
  const { stdout } = run('script', ['-qec', 'bash --norc -i', '/dev/null'], cwd, keys);
  assert.match(stdout, /^RESULT crates-mirror download --include-yanked\s*$/m);
});

test('fish completes, and zsh reads its script', (t) => {
  const cwd = scripts(t);
  if (!isMissing(t, 'fish')) {
    const complete = (line: string): string[] => {
      const { stdout } = run('fish', ['--no-config', '-c', `source ./fish; complete -C '${line}'`], cwd);
      return stdout
        .trimEnd()
        .split('\n')
        .map((text) => text.split('\t')[0] as string);
    };
    assert.deepEqual(complete('crates-mirror downl'), ['download']);
    assert.deepEqual(complete('crates-mirror download --include-y'), ['--include-yanked']);
    assert.deepEqual(complete('crates-mirror-server export --files '), ['copy', 'link']);
  }
  if (!isMissing(t, 'zsh')) {
    const load =
      'autoload -U compinit; compinit -u -D; fpath=(. $fpath); source ./zsh 2>/dev/null; which _crates_mirror_download';
    const { stdout } = run('zsh', ['-f', '-c', load], cwd);
    assert.match(stdout, /_arguments .*--include-yanked/s);
  }
});
