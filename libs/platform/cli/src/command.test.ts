import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import fc from 'fast-check';
import { isExpected } from './command.ts';
import {
  type CommandSpec,
  parseCommand,
  parseDuration,
  parseTimeLimit,
  TextPrinted,
  VERSION,
  wholeNumber,
} from './index.ts';

const spec: CommandSpec = {
  name: 'tool',
  version: '1.2.3',
  description: 'A tool',
  examples: 'Example: tool',
  options: [
    { flags: '--index-dir <dir>', description: 'index', group: 'Input' },
    { flags: '--limit <n>', description: 'limit', group: 'Input', default: '0', parse: wholeNumber(0) },
    { flags: '--include-yanked', description: 'yanked too', group: 'Input' },
    {
      flags: '--level <l>',
      description: 'level',
      group: 'Log',
      default: 'low',
      choices: ['low', 'high', 'higher'],
      parse: (level) => (level === 'higher' ? 'high' : level),
    },
    {
      flags: '--log-format <f>',
      description: 'format',
      group: 'Log',
      default: 'text',
      choices: ['text', 'json'],
    },
  ],
};

test('after the options, the help wraps prose at the width of the terminal, and no command', (t) => {
  const command = `  tool --out ${'x'.repeat(80)}`;
  const examples = `Examples:\n${command}\n\n${Array(12).fill('lengthily').join(' ')}\nEnd.`;
  let written = '';
  t.mock.method(process.stdout, 'write', (text: string) => (written += text));
  const columns = Object.getOwnPropertyDescriptor(process.stdout, 'columns');
  Object.defineProperty(process.stdout, 'columns', { value: 60, configurable: true });
  try {
    assert.throws(() => parseCommand({ ...spec, examples }, ['--help']), TextPrinted);
  } finally {
    if (columns === undefined) Reflect.deleteProperty(process.stdout, 'columns');
    else Object.defineProperty(process.stdout, 'columns', columns);
    t.mock.restoreAll();
  }
  const line = Array(6).fill('lengthily').join(' ');
  assert.ok(written.endsWith(`\nExamples:\n${command}\n\n${line}\n${line}\nEnd.\n`), written);
});

test('from argv to options', () => {
  const table: [string, Record<string, unknown>][] = [
    ['', {}],
    ['--index-dir /x', { indexDir: '/x' }],
    ['-index-dir /x', { indexDir: '/x' }],
    ['-index-dir=/x', { indexDir: '/x' }],
    ['--index-dir=/x=y', { indexDir: '/x=y' }],
    ['-include-yanked -limit 7', { includeYanked: true, limit: 7 }],
    ['-include-yanked=true', { includeYanked: true }],
    ['--include-yanked=false', {}],
    ['-index-dir -odd', { indexDir: '-odd' }],
    ['-log-format json', { logFormat: 'json' }],
    ['--level higher', { level: 'high' }],
  ];
  for (const [line, expected] of table) {
    const { values, given } = parseCommand(spec, line.split(' ').filter(Boolean));
    assert.deepEqual({ ...values }, { limit: 0, level: 'low', logFormat: 'text', ...expected }, line);
    assert.deepEqual([...given].sort(), Object.keys(expected).sort(), line);
  }
});

test('a wrong command line is one line that says what and what to do', () => {
  const table: [string, string, string | undefined][] = [
    ['--limit -5', "--limit: '-5' is not a whole number 0 or more", undefined],
    ['-limit=abc', "--limit: 'abc' is not a whole number 0 or more", undefined],
    ['--limit', "option '--limit <n>' argument missing", 'See --help'],
    ['--limit --include-yanked', "option '--limit <n>' argument missing", 'See --help'],
    ['--limt 5', "unknown option '--limt'", 'Did you mean --limit? See --help'],
    ['-limt 5', "unknown option '--limt'", 'Did you mean --limit? See --help'],
    ['--limt=500000', "unknown option '--limt'", 'Did you mean --limit? See --help'],
    ['stray', 'too many arguments. Expected 0 arguments but got 1: stray', 'See --help'],
    ['--include-yanked=maybe', "unknown option '--include-yanked=maybe'", 'See --help'],
    [
      '--level middle',
      "option '--level <l>' argument 'middle' is invalid. Allowed choices are low, high, higher",
      'See --help',
    ],
    [
      '--log-format xml',
      "option '--log-format <f>' argument 'xml' is invalid. Allowed choices are text, json",
      'See --help',
    ],
  ];
  for (const [line, message, hint] of table) {
    assert.throws(
      () => parseCommand(spec, line.split(' ')),
      (error) => {
        assert.ok(error instanceof UsageError, line);
        assert.equal(error.message, message);
        assert.equal(error.hint, hint);
        return true;
      },
    );
  }
});

test('a switch that is on unless said otherwise', () => {
  const progress = [
    { flags: '--progress', description: 'show it', group: 'Log' },
    { flags: '--no-progress', description: 'do not', group: 'Log' },
  ];
  const table: [string, unknown][] = [
    ['--progress', true],
    ['-progress=true', true],
    ['--no-progress', false],
    ['-no-progress', false],
    ['-progress=false', false],
  ];
  for (const [line, expected] of table)
    assert.equal(parseCommand({ ...spec, options: progress }, [line]).values['progress'], expected, line);
});

test('what the system says is for users, also of a module; what else is thrown is a bug', () => {
  const system = Object.assign(new Error('EIO: i/o error, read'), { syscall: 'read' });
  const module = new Error('Cannot read package config /x/package.json: too many open files.');
  const all = [new UsageError('x'), system, module, new TypeError('x'), 'x'];
  assert.deepEqual(all.map(isExpected), [true, true, true, false, false]);
});

test('an option whose value may be left out', () => {
  const options = [
    {
      flags: '--deps [which]',
      description: 'dependencies',
      group: 'Input',
      preset: 'all',
      choices: ['all', 'few'],
    },
    { flags: '--limit <n>', description: 'limit', group: 'Input' },
  ];
  const table: [string, unknown, unknown][] = [
    ['--deps', 'all', undefined],
    ['-deps --limit 5', 'all', '5'],
    ['--deps few --limit 5', 'few', '5'],
    ['-deps=few', 'few', undefined],
    ['--limit 5', undefined, '5'],
  ];
  for (const [line, deps, limit] of table) {
    const { values } = parseCommand({ ...spec, options }, line.split(' '));
    assert.deepEqual([values['deps'], values['limit']], [deps, limit], line);
  }
  assert.throws(() => parseCommand({ ...spec, options }, ['--deps', 'many']), {
    message: /Allowed choices are all, few/,
  });
});

test('an operand', () => {
  const withOperand = { ...spec, operand: { name: 'inventory', description: 'what to check' } };
  const { operand, values } = parseCommand(withOperand, ['-limit', '3', 'x.yaml', '-index-dir', 'i']);
  assert.deepEqual([operand, values['limit'], values['indexDir']], ['x.yaml', 3, 'i']);
  assert.equal(parseCommand(withOperand, ['--', '-x.yaml']).operand, '-x.yaml');
  assert.throws(() => parseCommand(withOperand, []), {
    message: "missing required argument 'inventory'",
    hint: 'See --help',
  });
  assert.throws(() => parseCommand(withOperand, ['a', 'b']), { message: /too many arguments/ });
});

test('durations', () => {
  const table: [string, number][] = [
    ['0', 0],
    ['250ms', 250],
    ['5s', 5000],
    ['1.5s', 1500],
    ['1m', 60_000],
    ['1m30s', 90_000],
    ['2h', 7_200_000],
  ];
  for (const [text, expected] of table) assert.equal(parseDuration(text), expected, text);
  for (const text of ['', '5', 's', '-5s', '5 s', '5d', '1e3s', '5s5', '25d', '600h']) {
    assert.throws(() => parseDuration(text), UsageError, text);
  }
  assert.throws(() => parseTimeLimit('0'), /leaves no time/);
});

test('durations add up whatever their parts', () => {
  fc.assert(
    fc.property(fc.nat(500), fc.nat(59), fc.nat(999), (m, s, ms) => {
      assert.equal(parseDuration(`${m}m${s}s${ms}ms`), m * 60_000 + s * 1000 + ms);
    }),
  );
});

test('the version is that of the package, as of all packages', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  assert.equal(VERSION, manifest.version);
});
