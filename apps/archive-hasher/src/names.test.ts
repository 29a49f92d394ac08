import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@iarna/toml';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { bytesOf, comparePaths, shownPath, textOf, toBytePath } from './byte-path.ts';
import { entryFields } from './inventory/entries.ts';
import { parseEntry } from './inventory/parse-entry.ts';
import { tomlTable } from './inventory/toml.ts';
import { yamlItems } from './inventory/yaml.ts';
import { formatTime, wholeSeconds } from './mtime.ts';
import { b3SumLine, sha256SumLine } from './outputs/sums.ts';

/** Names as file systems allow them: any bytes but zero and a slash, often unusual ones. */
const odd = fc.constantFrom(
  ...'\n\r\t\\"\':#-[]{}*&!|>%@`~?, \x01\x1b\x7f'.split(''),
  'é',
  '漢',
  '😀',
  '\u2028',
  '\ufeff',
);
const bytes = fc
  .uint8Array({ minLength: 1, maxLength: 30 })
  .map((all) => Buffer.from(all.map((byte) => (byte === 0 || byte === 47 ? 97 : byte))).toString('latin1'));
const text = fc.string({
  unit: fc.oneof(odd, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 })),
  minLength: 1,
});
const name = fc.oneof(
  bytes,
  text.map((one) => toBytePath(one.replaceAll(/[/\0]/g, 'x').toWellFormed())),
  fc.constantFrom(
    'yes',
    'null',
    '~',
    '1e3',
    '0x1f',
    '12:30:45',
    '2001-01-01',
    '<<',
    '=',
    '- a',
    ' lead',
    'trail ',
  ),
);
const digest = 'ab'.repeat(32);

test('an entry survives YAML and TOML, whatever its name', () => {
  fc.assert(
    fc.property(name, name, fc.nat(), fc.option(name), (path, target, size, problem) => {
      const file = {
        kind: 'file',
        path,
        size,
        mtimeNs: 0n,
        sha256: digest,
        blake3: digest,
        problem: problem ?? undefined,
      } as const;
      const link = { kind: 'symlink', path, target, mtimeNs: 1n } as const;
      const items = [file, link].map((entry) => entryFields(entry, undefined));
      const yaml = load(yamlItems(items)) as unknown[];
      const toml = parse(items.map((item) => tomlTable('[[files]]', item)).join(''))['files'] as unknown[];
      for (const [first, second] of [yaml, toml]) {
        assert.deepEqual(parseEntry(first), {
          kind: 'file',
          path,
          size,
          sha256: digest,
          blake3: digest,
          isDoubtful: problem !== null,
        });
        assert.deepEqual(parseEntry(second), { kind: 'symlink', path, target });
      }
    }),
    { numRuns: 500 },
  );
});

test('an invalid entry is refused, in words that follow its name', () => {
  const good = { path: 'a', size: 1, sha256: digest, blake3: digest };
  const table: [unknown, string][] = [
    ['a', 'is no mapping'],
    [{ ...good, path: 5 }, 'has no path'],
    [{ ...good, path: '' }, 'has no path'],
    [{ ...good, size: -1 }, 'has no size'],
    [{ ...good, size: '1' }, 'has no size'],
    [{ ...good, sha256: 'AB'.repeat(32) }, 'has no SHA-256 or no BLAKE3'],
    [{ ...good, blake3: undefined }, 'has no SHA-256 or no BLAKE3'],
    [{ path: 'a', size: 1, sha256From: 'store' }, 'has no SHA-256'],
    [{ path: 'a', size: 1, sha256From: 'none', sha256: 5 }, 'has no SHA-256'],
    [{ path: 'a', size: 1, sha256From: 'oracle', sha256: digest }, 'has no SHA-256 or no BLAKE3'],
  ];
  for (const [item, problem] of table) assert.equal(parseEntry(item), problem);
});

test('paths are ordered as a walk meets them', () => {
  const walk = ['a', 'a-', 'a/x', 'a0', 'b', 'b/\x01', 'b/a', 'b/a/z', 'b/a-z', 'b\x01'];
  const sorted = walk.toSorted(comparePaths);
  assert.deepEqual(sorted, ['a', 'a/x', 'a-', 'a0', 'b', 'b/\x01', 'b/a', 'b/a/z', 'b/a-z', 'b\x01']);
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(path, path, (a, b) => {
      const [left, right] = [a, b].map((one) => one.split('/').map(bytesOf)) as [Buffer[], Buffer[]];
      const i = left.findIndex((part, at) => !part.equals(right[at] ?? Buffer.alloc(0)));
      const expected =
        i === -1 ? left.length - right.length : (left[i] as Buffer).compare(right[i] ?? Buffer.alloc(0));
      assert.equal(Math.sign(comparePaths(a, b)), Math.sign(expected));
    }),
  );
});

test('names are shown on one line', () => {
  assert.equal(shownPath('plain name'), 'plain name');
  assert.equal(shownPath(toBytePath('ümläut')), 'ümläut');
  assert.equal(shownPath('new\nline'), '"new\\nline"');
  assert.equal(shownPath('bad\xff'), '"bad\ufffd"');
  assert.equal(textOf('bad\xff'), undefined);
  assert.equal(bytesOf('bad\xff').toString('hex'), '626164ff');
});

test('lines of checksum files are as coreutils and b3sum read them', () => {
  const table: [string, string, string | undefined][] = [
    ['a b', 'D  a b\n', 'D  a b\n'],
    ['-', 'D  ./-\n', 'D  ./-\n'],
    ['a\nb', '\\D  a\\nb\n', '\\D  a\\nb\n'],
    ['a\\b', '\\D  a\\\\b\n', '\\D  a\\\\b\n'],
    ['a\rb', '\\D  a\\rb\n', 'D  a\rb\n'],
    ['a\xff', 'D  a\xff\n', undefined],
    [toBytePath('a\ufffd'), `D  ${toBytePath('a\ufffd')}\n`, undefined],
  ];
  for (const [path, sha256, b3] of table) {
    assert.equal(sha256SumLine('D', path).toString('latin1'), sha256);
    assert.equal(b3SumLine('D', path)?.toString('latin1'), b3);
  }
});

test('times', () => {
  const table: [bigint, string, number][] = [
    [0n, '1970-01-01T00:00:00Z', 0],
    [1_000_000_000_123_456_789n, '2001-09-09T01:46:40.123456789Z', 1_000_000_000],
    [1_500_000_000n, '1970-01-01T00:00:01.5Z', 1],
    [-1n, '1969-12-31T23:59:59.999999999Z', -1],
    [-2_000_000_000n, '1969-12-31T23:59:58Z', -2],
  ];
  for (const [ns, written, seconds] of table) {
    assert.equal(formatTime(ns), written);
    assert.equal(wholeSeconds(ns), seconds);
  }
});
