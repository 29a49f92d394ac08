import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { FileReader, parseIndexFile } from './index.ts';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);

function line(fields: Record<string, unknown>): string {
  return JSON.stringify({
    name: 'serde',
    vers: '1.0.0',
    deps: [],
    cksum: A,
    features: {},
    yanked: false,
    ...fields,
  });
}

function parse(text: string, file = 'se/rd/serde') {
  return parseIndexFile(Buffer.from(text), file);
}

test('entries in line order, with and without a last newline, CRLF and blank lines', () => {
  const text = `${line({})}\n\r\n${line({ vers: '1.0.1+build.5', yanked: true })}\r\n\n${line({ vers: '2.0.0-rc.1', cksum: B.toUpperCase() })}`;
  const { entries, problems, superseded } = parse(text);
  assert.deepEqual(problems, []);
  assert.deepEqual(superseded, []);
  assert.deepEqual(
    entries.map(({ start, end }) => text.slice(start, end).trim()),
    text
      .split('\n')
      .filter((one) => one.trim() !== '')
      .map((one) => one.trim()),
  );
  const found = entries.map(({ start: _, end: __, ...entry }) => entry);
  assert.deepEqual(found, [
    { name: 'serde', version: '1.0.0', cksum: A, yanked: false, hasOtherFields: false, line: 1 },
    { name: 'serde', version: '1.0.1+build.5', cksum: A, yanked: true, hasOtherFields: false, line: 3 },
    { name: 'serde', version: '2.0.0-rc.1', cksum: B, yanked: false, hasOtherFields: false, line: 5 },
  ]);
});

test('of two lines for one version the last wins; build metadata makes another version', () => {
  const text = [line({}), line({ vers: '1.0.0+1' }), line({ cksum: B })].join('\n');
  const { entries, superseded, problems, conflicts } = parse(text);
  assert.equal(superseded.length, 1);
  assert.deepEqual(problems, []);
  const message = `1.0.0 is listed again with another checksum: ${B} counts, line 1 has ${A}`;
  assert.deepEqual(conflicts, [{ file: 'se/rd/serde', line: 3, message, count: 0 }]);
  assert.deepEqual(parse([line({}), line({ yanked: true })].join('\n')).conflicts, []);
  assert.deepEqual(
    entries.map((entry) => [entry.version, entry.cksum, entry.line]),
    [
      ['1.0.0+1', A, 2],
      ['1.0.0', B, 3],
    ],
  );
});

test('yanked may be left out, or null', () => {
  const { entries, problems } = parse(
    [{ yanked: undefined }, { yanked: null, vers: '1.0.1' }].map((fields) => line(fields)).join('\n'),
  );
  assert.deepEqual([entries.map(({ yanked }) => yanked), problems], [[false, false], []]);
});

test('every wrong line is reported by number and in words, and the rest is read', () => {
  const cases: [string, string][] = [
    ['{"name":"serde"', 'not JSON: {"name":"serde"'],
    ['[]', 'not a JSON object: []'],
    ['null', 'not a JSON object: null'],
    ['{}', 'no "name"'],
    [line({ name: 5 }), '"name" is not a crate name: 5'],
    [line({ name: '../../etc/passwd' }), '"name" is not a crate name: "../../etc/passwd"'],
    [line({ name: '-x' }), '"name" is not a crate name: "-x"'],
    [line({ name: 'x'.repeat(65) }), `"name" is not a crate name: "${'x'.repeat(65)}"`],
    [line({ vers: undefined }), 'no "vers"'],
    [line({ vers: '1.0' }), '"vers" is not a semantic version: "1.0"'],
    [line({ vers: '1.0.0/../../x' }), '"vers" is not a semantic version: "1.0.0/../../x"'],
    [line({ vers: '1.0.0-..' }), '"vers" is not a semantic version: "1.0.0-.."'],
    ...['01.0.0', '1.00.0', '1.0.01', '1.0.0-01', '1.0.0-a.00', '1.0.0+', '1.0.0-a..b', 'v1.0.0'].map(
      (vers): [string, string] => [line({ vers }), `"vers" is not a semantic version: "${vers}"`],
    ),
    [
      line({ vers: '0.0.18446744073709551616' }),
      '"vers" has a number beyond 18446744073709551615, the largest that cargo takes: "0.0.18446744073709551616"',
    ],
    [
      line({ vers: `1.0.0-${'a'.repeat(155)}` }),
      `"vers" has more than 160 characters, the longest version that can be mirrored: "1.0.0-${'a'.repeat(73)}… (163 characters)`,
    ],
    [line({ cksum: undefined }), 'no "cksum"'],
    [line({ cksum: 'abc' }), '"cksum" is not a SHA-256 in hex: "abc"'],
    [line({ yanked: 'no' }), '"yanked" is not true or false: "no"'],
    [line({ name: 'other' }), 'an entry of other belongs in ot/he/other'],
    ['x'.repeat(500), `not JSON: ${'x'.repeat(80)}… (500 characters)`],
  ];
  const text = `${cases.map(([bad]) => bad).join('\n')}\n${line({ vers: '9.9.9' })}\n`;
  const { entries, problems } = parse(text);
  assert.deepEqual(
    problems,
    cases.map(([, message], index) => ({ file: 'se/rd/serde', line: index + 1, message })),
  );
  assert.deepEqual(
    entries.map((entry) => entry.version),
    ['9.9.9'],
  );
});

test('a byte order mark is named, and costs its line alone', () => {
  const message = 'begins with a byte order mark (U+FEFF), which JSON must not have';
  for (const first of ['\ufeff', `\ufeff${line({})}`]) {
    const { entries, problems } = parse(`${first}\n${line({ vers: '1.0.1' })}`);
    assert.deepEqual(problems, [{ file: 'se/rd/serde', line: 1, message }]);
    assert.equal(entries.length, 1);
  }
});

test('versions that cargo takes are taken, whatever their numbers', () => {
  const versions = [
    '0.0.0',
    '18446744073709551615.18446744073709551615.18446744073709551615',
    '1.0.0-0',
    '1.0.0-99999999999999999999999',
    '1.0.0-0a.-0.0',
    '1.0.0+01.00',
    `1.0.0-${'a'.repeat(154)}`,
  ];
  const { entries, problems } = parse(versions.map((vers) => line({ vers })).join('\n'));
  assert.deepEqual(problems, []);
  assert.deepEqual(
    entries.map(({ version }) => version),
    versions,
  );
});

test('a line that has a decisive field twice is unusable, however the field is written, and others are not', () => {
  const good = line({ vers: '1.0.0' });
  const fields = { name: 'serde', vers: '1.0.0', cksum: A, yanked: false };
  const nested = {
    deps: [{ name: 'a', vers: 'x', cksum: B, yanked: 1 }],
    features: { vers: [], name: [':"vers"'] },
  };
  for (const [field, value] of Object.entries(fields)) {
    const escaped = `\\u00${field.charCodeAt(0).toString(16)}${field.slice(1)}`;
    for (const written of [`"${field}"`, `"${escaped}"`, `"${field}" \t`]) {
      for (const other of [JSON.stringify(value), 'null', '{"cksum":[]}']) {
        const twice = good.replace(/}$/, `,${written}:${other}}`);
        const { entries, problems } = parse(`${good}\n${twice}`);
        assert.equal(entries.length, 1, twice);
        assert.deepEqual(
          problems.map(({ line: number }) => number),
          [2],
          twice,
        );
        assert.match(problems[0]?.message ?? '', new RegExp(`^"${field}" more than once: {"name":`), twice);
      }
    }
    const once = line({ ...nested, x: field, [`${field}2`]: 1, links: `é","${field}":"` });
    assert.deepEqual(parse(once).problems, [], once);
  }
  assert.deepEqual(parse(good.replace(/}$/, ',"links":null,"links":null}')).problems, []);
});

test('whatever a file holds, every line that is not blank is an entry, superseded or a problem', () => {
  const lines = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ vers: fc.constantFrom('1.0.0', '1.0.1', 'x'), cksum: fc.constantFrom(A, B, '') }).map(line),
  );
  fc.assert(
    fc.property(fc.array(lines), (some) => {
      const text = some.join('\n');
      const { entries, problems, superseded } = parse(text);
      const counted = text.split('\n').filter((one) => one.trim() !== '').length;
      // A file without any line is a problem of its own.
      assert.equal(entries.length + problems.length + superseded.length, Math.max(1, counted));
    }),
  );
});

test('a file that is something else altogether is reported in few words, and counted', () => {
  const { problems } = parse(`${'junk\n'.repeat(5000)}${'x'.repeat(5_000_000)}\n`);
  assert.equal(problems.length, 101);
  assert.equal(
    problems.reduce((sum, { count = 1 }) => sum + count, 0),
    5001,
  );
  assert.deepEqual(problems.at(-1), {
    file: 'se/rd/serde',
    line: 0,
    message: '4901 further lines cannot be used either',
    count: 4901,
  });
  assert.equal(
    parse('x'.repeat(5_000_000)).problems[0]?.message,
    'a line of 5000000 bytes is no index entry',
  );
});

test('bytes that are not UTF-8 are a problem of their line only', () => {
  const within = Buffer.from(line({ links: 'x?y', vers: '3.0.0' }));
  within[within.indexOf('?')] = 0xff;
  const content = Buffer.concat([
    Buffer.from([0xff, 0xfe, 0x0a]),
    Buffer.from(`${line({})}\n`),
    within,
    Buffer.from(`\n${line({ vers: '2.0.0', links: 'é' })}`),
  ]);
  const { entries, problems } = parseIndexFile(content, 'se/rd/serde');
  assert.deepEqual(
    entries.map(({ version }) => version),
    ['1.0.0', '2.0.0'],
  );
  assert.deepEqual(
    problems.map(({ line: number, message }) => [number, message]),
    [
      [1, 'not UTF-8'],
      [3, 'not UTF-8'],
    ],
  );
});

test('a file that is too large for an index file is not read', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'reader-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'evil');
  writeFileSync(path, line({}));
  const reader = new FileReader();
  assert.equal(reader.read(path).toString(), line({}));
  truncateSync(path, 3e9);
  assert.throws(() => reader.read(path), { message: 'larger than 64 MiB, which no index file is' });
});

test('a file without a line is a problem: a crate without versions has no file', () => {
  for (const content of ['', '\n', ' \n\n'])
    assert.deepEqual(parseIndexFile(Buffer.from(content), 'se/rd/serde'), {
      entries: [],
      problems: [{ file: 'se/rd/serde', line: 0, message: 'has no line: it is truncated, or was emptied' }],
      superseded: [],
      conflicts: [],
    });
});
