import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { indentObject, isCrateName, isCrateVersion, parseIndexFile, RegularFile } from './index.ts';

const CKSUM = '0123456789abcdef'.repeat(4);

function line(name: string, version: string, more = ''): string {
  return `{"name":"${name}","vers":"${version}","deps":[],"cksum":"${CKSUM}","features":{}${more}}`;
}

function textOf(file: RegularFile, end: number): string {
  return file.output.toString('utf8', file.outputStart, end);
}

/**
 * Asserts that a regular file is read exactly as the general parser reads it.
 * @returns whether it is regular
 */
function assertAgrees(text: string, path: string): boolean {
  const bytes = Buffer.from(text);
  const { entries, problems, superseded } = parseIndexFile(bytes, path);
  const file = RegularFile.scan(bytes, path);
  if (file === undefined) return false;
  assert.deepEqual([problems, superseded, file.count], [[], [], entries.length]);
  assert.equal(file.yanked, entries.filter(({ yanked }) => yanked).length);
  for (const [index, { name, version, cksum, yanked, start, end, hasOtherFields }] of entries.entries()) {
    assert.deepEqual(
      [file.name, file.version(index), file.cksum(index), file.isYanked(index), hasOtherFields],
      [name, version, cksum, yanked, false],
    );
    const open = text.slice(start, end - 1);
    assert.equal(textOf(file, file.copyOpen(index)), open);
    const rest = file.append(',"ü":1}', file.indentOpen(index));
    assert.deepEqual(JSON.parse(textOf(file, rest)), { ...JSON.parse(`${open}}`), ü: 1 });
  }
  return true;
}

test('a file as crates.io writes them is regular', () => {
  const lines = [
    line('Serde', '1.0.0'),
    line('Serde', '1.0.0-a.1+b', ',"yanked":true'),
    line('Serde', '1.0.1', ',"links":"{\\"x"'),
  ];
  assert.ok(assertAgrees(`${lines.join('\n')}\n`, 'se/rd/serde'));
  assert.ok(assertAgrees(lines.join('\n'), 'se/rd/serde'));
});

test('lines are indented as anywhere else', () => {
  const text = line('a', '1.0.0', ',"links":[{},[1,{"x":[]}],"\\"}"]');
  const file = RegularFile.scan(Buffer.from(text), '1/a');
  assert.ok(file !== undefined);
  let expected = '';
  indentObject(Buffer.from(text), 0, text.length, (bytes, from, to) => {
    expected += bytes.toString('utf8', from, to);
  });
  assert.equal(textOf(file, file.indentOpen(0)), expected);
});

test('whatever needs a closer look is not', () => {
  const many = Array.from({ length: 1024 }, (_, i) => line('a', `1.0.${i}`));
  const table: [string, string][] = [
    ['', '1/a'],
    ['\n', '1/a'],
    [`${line('a', '1.0.0')}\n\n`, '1/a'],
    [`${line('a', '1.0.0')}\n${line('a', '1.0.0')}`, '1/a'],
    [`${line('a', '1.0.0')}\n${line('b', '1.0.1')}`, '1/a'],
    [`${line('a', '1.0.0')}\n${line('A', '1.0.1')}`, '1/a'],
    [line('a', '1.0.0'), '1/b'],
    [line('a', '1.0.0', ',"size":1'), '1/a'],
    [line('a', '1.0.0', ',"links":"é"'), '1/a'],
    [line('a', '1.0'), '1/a'],
    [`${line('a', '1.0.0')}\nx`, '1/a'],
    [many.join('\n'), '1/a'],
    [line('a', '1.0.0', `,"links":"${'x'.repeat(1 << 17)}"`), '1/a'],
  ];
  for (const [text, path] of table)
    assert.equal(RegularFile.scan(Buffer.from(text), path), undefined, text.slice(0, 300));
  assert.ok(assertAgrees(many.slice(1).join('\n'), '1/a'));
});

test('a line that is all brackets has room, and a text that has none is refused', () => {
  const nested = `${'['.repeat(20)}${'1,'.repeat(60_000)}1${']'.repeat(20)}`;
  const file = RegularFile.scan(Buffer.from(line('a', '1.0.0', `,"links":${nested}`)), '1/a');
  assert.ok(file !== undefined);
  const end = file.append('}', file.indentOpen(0));
  assert.deepEqual(JSON.parse(textOf(file, end)).links, JSON.parse(nested));
  assert.throws(() => file.append('x'.repeat(3 << 20), end), RangeError);
});

test('names and versions are taken as elsewhere', () => {
  const characters = (some: string): fc.Arbitrary<string> =>
    fc.array(fc.constantFrom(...some), { maxLength: 12 }).map((list) => list.join(''));
  const versions = fc.oneof(
    characters('01.-+aZ'),
    fc
      .tuple(fc.constantFrom('1.0.0', '0.12.3', '1.0'), characters('01.-+aZ~_'))
      .map((parts) => parts.join('')),
    fc.constantFrom(...[159, 160, 161].map((length) => `1.0.0-${'a'.repeat(length - 6)}`)),
    fc.constantFrom(...[18, 19, 21].map((length) => `1.${'9'.repeat(length)}.0-${'9'.repeat(length)}`)),
  );
  const names = fc.oneof(
    characters('aZ_-0~.'),
    fc.constantFrom(...[63, 64, 65].map((length) => 'a'.repeat(length))),
  );
  let regular = 0;
  fc.assert(
    fc.property(names, versions, (name, version) => {
      const lower = name.toLowerCase();
      const prefix = lower.length < 3 ? lower.length : `${lower.slice(0, 2)}/${lower.slice(2, 4)}`;
      const path = lower.length === 3 ? `3/${lower[0]}/${lower}` : `${prefix}/${lower}`;
      const isTaken = assertAgrees(line(name, version), path);
      assert.equal(isTaken, isCrateName(name) && isCrateVersion(version), `${name} ${version}`);
      if (isTaken) regular += 1;
    }),
    { numRuns: 3000 },
  );
  assert.ok(regular > 50, `${regular} taken`);
});

test('repeated versions are found wherever they are', () => {
  const version = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(12)).map((parts) => parts.join('.'));
  fc.assert(
    fc.property(fc.array(version, { minLength: 1, maxLength: 12 }), (versions) => {
      const text = versions.map((one) => line('a', one)).join('\n');
      assert.equal(assertAgrees(text, '1/a'), new Set(versions).size === versions.length, text);
    }),
  );
});
