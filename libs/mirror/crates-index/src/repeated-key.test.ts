import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { repeatedKey } from './repeated-key.ts';

const KEYS = ['name', 'vers', 'a"b', ''];

/** A key in a JSON notation: each letter plain or escaped. */
const written = fc.tuple(fc.constantFrom(...KEYS), fc.infiniteStream(fc.boolean())).map(([key, escapes]) => {
  const units = Array.from(key, (letter) => {
    const isEscaped = escapes.next().value === true || letter === '"';
    return isEscaped ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter;
  });
  return { key, text: `"${units.join('')}"` };
});

test('keys are distinguished from values and from the keys of nested objects, whatever these are', () => {
  const space = fc.constantFrom('', ' ', '\t ');
  const field = fc.tuple(written, space, space, fc.json());
  fc.assert(
    fc.property(fc.array(field, { maxLength: 5 }), fc.constantFrom(...KEYS), (fields, sought) => {
      const json = `{${fields.map(([key, before, after, value]) => `${before}${key.text}${after}:${value}`).join(',')}}`;
      JSON.parse(json);
      const isRepeated = fields.filter(([{ key }]) => key === sought).length > 1;
      assert.equal(repeatedKey(json, new Set([sought])), isRepeated ? sought : undefined, json);
    }),
    { numRuns: 2000 },
  );
});
