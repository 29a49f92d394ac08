import assert from 'node:assert/strict';
import { test } from 'node:test';
import { indentObject } from '@crates-mirror/crates-index';
import fc from 'fast-check';
import { JsonText } from './json-text.ts';

function indented(source: string): string {
  const text = new JsonText();
  // Surrounded by other bytes, as a line is in its file.
  const bytes = Buffer.from(`}]"${source}"}]`);
  indentObject(bytes, 3, bytes.length - 3, text.append);
  return `${text.toString()}\n}`;
}

test('an object is indented as JSON.stringify does it, whatever white space it has', () => {
  const value = fc.dictionary(
    fc.string({ minLength: 1 }).filter((key) => !/^\d+$/.test(key) && key !== '__proto__'),
    fc.jsonValue({ maxDepth: 4 }),
    { minKeys: 1 },
  );
  fc.assert(
    fc.property(value, fc.constantFrom(0, 1, '\t', '\r\n '), (object, space) => {
      const source = JSON.stringify(object, null, space);
      assert.equal(indented(source), JSON.stringify(JSON.parse(source), null, 2));
    }),
  );
});

test('tokens are kept as they stand, where a parser would change them', () => {
  const source = '{"b":12345678901234567890.10e+2,"1":"\\u00e9\\/é","b":-0,"a":[{"x" : [ ]},{ }]}';
  assert.equal(
    indented(source),
    `{
  "b": 12345678901234567890.10e+2,
  "1": "\\u00e9\\/é",
  "b": -0,
  "a": [
    {
      "x": []
    },
    {}
  ]
}`,
  );
});

test('depth costs no more than length', () => {
  const depth = 100_000;
  const source = `{"deep":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  assert.ok(indented(source).length < 100 * source.length);
});

test('a text that is many times as long indented comes in parts, and whole', () => {
  for (const filler of ['', 'x', 'xxxxxxxxxx']) {
    const deep = Array.from({ length: 14 }).reduce<unknown>(
      (inner) => [inner],
      [filler, ...Array(500_000).fill(7)],
    );
    const source = JSON.stringify({ deep });
    assert.ok(indented(source) === JSON.stringify({ deep }, null, 2), filler);
  }
});

test('a line longer than any is refused', () => {
  const bytes = Buffer.from(`{"a":"${'x'.repeat(4 << 20)}"}`);
  assert.throws(() => indentObject(bytes, 0, bytes.length, () => assert.fail()), RangeError);
});
