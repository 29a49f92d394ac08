import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PathSet } from './path-set.ts';

test('a set of paths is one of strings', () => {
  const path = fc.string({ unit: fc.constantFrom('a', 'b', '-', '/', '1', 'é'), maxLength: 12 });
  fc.assert(
    fc.property(fc.array(path, { maxLength: 200 }), (paths) => {
      const set = new PathSet();
      const strings = new Set<string>();
      for (const one of paths) {
        assert.equal(set.has(one), strings.has(one));
        assert.equal(set.add(one), !strings.has(one));
        strings.add(one);
      }
    }),
  );
});

test('half a million paths that differ little are all distinguished', () => {
  const set = new PathSet();
  for (let i = 0; i < 500_000; i++)
    assert.ok(set.add(`cr/at/crate-${i % 700}-${Math.floor(i / 700)}.0.0.crate`), String(i));
});
