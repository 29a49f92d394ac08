import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import { type CommandSpec, parseCommand, SHARED_OPTIONS, wholeNumber } from '../index.ts';
import { parseConfig } from './index.ts';

const spec: CommandSpec = {
  name: 'crates-mirror-downloader',
  version: '1.2.3',
  description: 'A tool',
  examples: 'Example: tool',
  needsArguments: true,
  options: [
    { flags: '--out <dir>', description: 'out', group: 'Output', default: 'out' },
    { flags: '--limit <n>', description: 'limit', group: 'Output', default: '0', parse: wholeNumber(0) },
    { flags: '--bundle', description: 'bundle', group: 'Output' },
    { flags: '--tar', description: 'tar', group: 'Output' },
    { flags: '--no-tar', description: 'none', group: 'Output' },
    { flags: '--exclude <pattern...>', description: 'exclude', group: 'Output' },
    ...SHARED_OPTIONS,
  ],
};
const FILE = `log-level = "warn"
[download]
out = "file"
limit = 5
bundle = true
tar = false
exclude = ["a", "b c"]
[serve]
listen = ":8"
`;

function withFile(t: { after(callback: () => void): void }, text: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'config-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'c.toml');
  writeFileSync(path, text);
  return path;
}

test('command line before environment before file before default', (t) => {
  const path = withFile(t, FILE);
  const table: [string[], NodeJS.ProcessEnv, object][] = [
    [['--limit', '1'], {}, { out: 'out', limit: 1, logLevel: 'info' }],
    [
      ['--config', path],
      {},
      { out: 'file', limit: 5, bundle: true, tar: false, exclude: ['a', 'b c'], logLevel: 'warn' },
    ],
    [
      [],
      { CRATES_MIRROR_CONFIG: path, CRATES_MIRROR_DOWNLOAD_OUT: 'env', CRATES_MIRROR_DOWNLOAD_LIMIT: '7' },
      { out: 'env', limit: 7, bundle: true, tar: false, exclude: ['a', 'b c'], logLevel: 'warn' },
    ],
    [
      ['--out', 'line', '--bundle=false', '--tar', '--exclude', 'x', '--config', path],
      { CRATES_MIRROR_DOWNLOAD_OUT: 'env' },
      { out: 'line', limit: 5, tar: true, exclude: ['x'], logLevel: 'warn' },
    ],
    [
      ['--limit', '1'],
      { CRATES_MIRROR_DOWNLOAD_OUT: 'own', CRATES_MIRROR_OUT: 'none', CRATES_MIRROR_LOG_LEVEL: 'warning' },
      { out: 'own', limit: 1, logLevel: 'warn' },
    ],
    [
      [],
      {
        CRATES_MIRROR_DOWNLOAD_BUNDLE: 'yes',
        CRATES_MIRROR_DOWNLOAD_TAR: 'FALSE',
        CRATES_MIRROR_DOWNLOAD_EXCLUDE: 'a\nb',
        CRATES_MIRROR_DOWNLOAD_LIMIT: '',
      },
      { out: 'out', limit: 0, bundle: true, tar: false, exclude: ['a', 'b'], logLevel: 'info' },
    ],
    [
      [],
      { CRATES_MIRROR_DOWNLOAD_BUNDLE: '0', CRATES_MIRROR_DOWNLOAD_OUT: 'x' },
      { out: 'x', limit: 0, logLevel: 'info' },
    ],
  ];
  for (const [argv, env, expected] of table) {
    const { values } = parseCommand(spec, argv, env);
    const shared = { logFormat: 'text', progressInterval: 0, progressEvery: 0 };
    assert.deepEqual({ ...values }, { ...shared, ...expected }, argv.join(' '));
  }
  assert.deepEqual([...parseCommand(spec, [], { CRATES_MIRROR_DOWNLOAD_OUT: 'x' }).given], ['out']);
});

test('errors are reported with their places', (t) => {
  const path = withFile(t, '');
  const table: [string, string, string?][] = [
    ['[dowload]\nout = "x"', 'there is no command dowload', 'Did you mean download?'],
    [
      'lgo-level = "x"',
      'lgo-level is no option of every command',
      'Other options go into a section. Did you mean log-level?',
    ],
    ['download = "x"', 'download is no option of every command', 'Write [download] for a section'],
    ['[download]\nlog_level = "x"', '[download] has no option log_level', 'Did you mean log-level?'],
    ['[download]\nlimit = "many"', "[download] limit: 'many' is not a whole number 0 or more"],
    ['[download]\nlimit = [1, 2]', '[download] limit takes one value', '--limit cannot be repeated'],
    ['[download]\nlimit = {a = 1}', '[download] limit is neither a text, a number, true nor false'],
    ['[download]\nout = true', '[download] out takes a value, and not true or false'],
    ['[download]\nbundle = "maybe"', "[download] bundle: 'maybe' is neither true nor false"],
    [
      'log-level = "loud"',
      "log-level: 'loud' is invalid. Allowed choices are debug, info, warn, warning, error",
    ],
  ];
  for (const [text, message, hint] of table) {
    writeFileSync(path, text);
    assert.throws(
      () => parseCommand(spec, ['--config', path], {}),
      (error) => {
        assert.ok(error instanceof UsageError, String(error));
        assert.equal(error.message, `${path}: ${message}`);
        if (hint !== undefined) assert.equal(error.hint, hint);
        return true;
      },
    );
  }
  assert.throws(() => parseConfig('c.toml', '[download]\nout = x\n'), {
    message: /^c\.toml:2: not valid TOML: /,
  });
  assert.throws(() => parseCommand(spec, ['--config', 'none.toml'], {}), {
    message: /^--config: cannot read none\.toml/,
  });
  assert.throws(() => parseCommand(spec, [], { CRATES_MIRROR_CONFIG: 'none.toml' }), {
    message: /^CRATES_MIRROR_CONFIG: /,
  });
  assert.throws(() => parseCommand(spec, ['x', '--limit', '1'], {}), UsageError);
});

test('a program that is none of crates-mirror reads neither', () => {
  const { values } = parseCommand({ ...spec, name: 'bench' }, ['--limit', '1'], {
    CRATES_MIRROR_DOWNLOAD_OUT: 'x',
  });
  assert.equal(values['out'], 'out');
  assert.throws(
    () => parseCommand({ ...spec, name: 'bench' }, ['--config', 'x'], {}),
    /unknown option '--config'/,
  );
});
