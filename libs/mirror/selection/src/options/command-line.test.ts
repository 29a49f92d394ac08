import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseCommand, VERSION } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import fc from 'fast-check';
import { NO_RULES, type SelectionRules } from '../model/rules.ts';
import { selectionRules } from './command-line.ts';
import { SELECTION_OPTIONS } from './option-table.ts';
import { parseSelectionFile } from './selection-file.ts';

const DAY = 24 * 3_600_000;

function parse(line: string): SelectionRules {
  const spec = { name: 'tool', version: VERSION, description: '', examples: '', options: SELECTION_OPTIONS };
  const { values, given } = parseCommand(spec, line.split(' ').filter(Boolean));
  return selectionRules(values, given);
}

test('from argv to rules', () => {
  const table: [string, Partial<SelectionRules>][] = [
    ['', {}],
    ['--include-yanked', { includeYanked: true }],
    ['--include serde* -include tokio --exclude x', { include: ['serde*', 'tokio'], exclude: ['x'] }],
    ['--names a --names b', { names: ['a', 'b'] }],
    ['--cargo-lock a -cargo-lock b --deps', { cargoLocks: ['a', 'b'], deps: 'all' }],
    [
      '--deps newest --without-build-deps --without-optional-deps',
      { deps: 'newest', buildDeps: false, optionalDeps: false },
    ],
    ['--latest 3 --min-age 1w1d', { latest: 3, minAge: 8 * DAY }],
    ['--newer-than 2025-01-31', { newerThan: Date.UTC(2025, 0, 31) }],
    [
      '--newer-than 2025-01-31T12:00:00Z --min-age-unknown allow',
      { newerThan: Date.UTC(2025, 0, 31, 12), minAgeUnknown: 'allow' },
    ],
  ];
  for (const [line, expected] of table) assert.deepEqual(parse(line), { ...NO_RULES, ...expected }, line);
});

test('each error is named in one line', () => {
  const table: [string, RegExp][] = [
    ['--include ser/de', /^--include: 'ser\/de' is not a pattern of crate names$/],
    ['--latest 0', /^--latest: '0' is not a whole number 1 or more$/],
    ['--min-age 7', /^--min-age: '7' is not an age$/],
    ['--min-age 0d', /^--min-age: '0d' keeps nothing out$/],
    ['--newer-than 2025-02-30', /^--newer-than: '2025-02-30' is not a date$/],
    ['--newer-than yesterday', /^--newer-than: 'yesterday' is not a date$/],
    ['--without-build-deps', /^--without-build-deps does nothing without --deps$/],
    ['--deps some', /Allowed choices are all, newest$/],
    ['--min-age-unknown allow', /^--min-age-unknown does nothing without --min-age or --newer-than$/],
    ['--selection /does/not/exist', /^--selection: cannot read \/does\/not\/exist: there is no such file/],
    ['--names=', /^--names: the value is empty$/],
  ];
  for (const [line, message] of table)
    assert.throws(
      () => parse(line),
      (error) => error instanceof UsageError && message.test(error.message),
      line,
    );
});

const FILE = `version = 1
include = ["serde*"]
exclude = "serde-old"
names = ["names.txt", "/abs/names.txt"]
include-yanked = false
latest = 3
deps = true
without-build-deps = true
cargo-lock = "../Cargo.lock"
min-age = "7d"
min-age-unknown = "allow"
newer-than = 2025-01-31
`;

test('a file says the same as a command line, which adds to it and goes before it', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'selection-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'selection.toml');
  writeFileSync(path, FILE);
  const expected = {
    ...NO_RULES,
    include: ['serde*'],
    exclude: ['serde-old'],
    names: [join(directory, 'names.txt'), '/abs/names.txt'],
    latest: 3,
    deps: 'all' as const,
    buildDeps: false,
    cargoLocks: [join(directory, '../Cargo.lock')],
    minAge: 7 * DAY,
    minAgeUnknown: 'allow' as const,
    newerThan: Date.UTC(2025, 0, 31),
  };
  assert.deepEqual(parse(`--selection ${path}`), expected);
  assert.deepEqual(
    parse(`--selection ${path} --latest 1 --include tokio --include-yanked --min-age-unknown deny`),
    {
      ...expected,
      include: ['serde*', 'tokio'],
      latest: 1,
      includeYanked: true,
      minAgeUnknown: 'deny',
    },
  );
});

test('a file that cannot be used is refused with its name, the key and what to do', () => {
  const table: [string, string, string | undefined][] = [
    ['include = ["a"]', 'it does not say of which version it is', 'Begin it with version = 1'],
    ['version = 2', 'its version is 2, and 1 is the one that is known', undefined],
    // Integers of TOML that are no numbers of JavaScript.
    [
      'version = 9007199254740993',
      'its version is "9007199254740993", and 1 is the one that is known',
      undefined,
    ],
    ['version = 1\nlatest = 9007199254740993', '\'latest\' cannot be "9007199254740993"', undefined],
    ['version = 1\nlatests = 3', "there is no key 'latests'", 'Did you mean latest?'],
    ['version = 1\nmin_age = "7d"', "there is no key 'min_age'", 'Did you mean min-age?'],
    ['version = 1\nlatest = 0', "'latest': '0' is not a whole number 1 or more", undefined],
    ['version = 1\nlatest = [1]', "'latest' cannot be [1]", undefined],
    ['version = 1\ninclude = [1]', "'include' cannot be [1]", undefined],
    [
      `version = 1\ninclude = ${'['.repeat(200)}${']'.repeat(200)}`,
      `'include' cannot be ${'['.repeat(100)}…`,
      undefined,
    ],
    ['version = 1\ndeps = "some"', "'deps' cannot be 'some'", 'It is one of all, newest'],
    ['version = 1\nlatest = true', "'latest' cannot be true", undefined],
    ['version = 1\ninclude-yanked = 1', "'include-yanked' cannot be 1", undefined],
    [
      'version = 1\nnewer-than = 2025-02-30',
      "line 2: '2025-02-30' is not a date",
      'Write it like 2025-01-31 or 2025-01-31T12:00:00Z',
    ],
    ['version = 1\ninclude = ["a b"]', "'include': 'a b' is not a pattern of crate names", undefined],
    [
      'version = 1\nmin-age-unknown = "maybe"',
      "'min-age-unknown' cannot be 'maybe'",
      'It is one of allow, deny',
    ],
  ];
  for (const [text, message, hint] of table)
    assert.throws(
      () => parseSelectionFile(text, 's.toml'),
      (error) => {
        assert.ok(error instanceof UsageError, text);
        assert.equal(error.message, `--selection s.toml: ${message}`);
        if (hint !== undefined) assert.equal(error.hint, hint);
        return true;
      },
    );
  assert.throws(() => parseSelectionFile('version = ', 's.toml'), {
    message: /^--selection s\.toml: it is not valid TOML: /,
  });
  assert.throws(() => parseSelectionFile('version = 1\nfoo = 1', 's.toml'), {
    hint: /^Known keys are include-yanked, /,
  });
});

test('the examples of the documentation can be used', () => {
  const text = readFileSync(join(import.meta.dirname, '../../../../../docs/selection.md'), 'utf8');
  const examples = Array.from(text.matchAll(/```toml\n(.*?)```/gs), ([, example = '']) => example);
  assert.ok(examples.length >= 4);
  assert.deepEqual(parseSelectionFile('\uFEFFversion = 1\r\nlatest = 3\r\n', 's.toml'), { latest: 3 });
  for (const example of examples) assert.ok(Object.keys(parseSelectionFile(example, 's.toml')).length > 0);
});

test('whatever a file holds, it is read or refused', () => {
  const value = fc.oneof(
    fc.string().map((text) => JSON.stringify(text)),
    fc.integer().map(String),
    fc.constantFrom('true', '[]', '{}', '[[]]', '1979-05-27', '0.5'),
  );
  const key = fc.constantFrom(
    'include',
    'exclude',
    'names',
    'latest',
    'min-age',
    'newer-than',
    'include-yanked',
    'version',
    'x',
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value)), (lines) => {
      try {
        parseSelectionFile(['version = 1', ...lines.map((pair) => pair.join(' = '))].join('\n'), 's.toml');
      } catch (error) {
        assert.ok(error instanceof UsageError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});
