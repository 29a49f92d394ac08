import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HashTable } from './hash-table.ts';
import { hash64 } from './hash64.ts';

test('a table answers as a map does, in another thread too', () => {
  const rows = fc.array(fc.tuple(fc.string({ maxLength: 4 }), fc.nat()), { maxLength: 600 });
  fc.assert(
    fc.property(rows, (all) => {
      const table = new HashTable({ valueWords: 2 });
      const map = new Map<string, number>();
      for (const [key, value] of all) {
        const at = table.add(...hash64(key));
        assert.equal(table.words[at], map.get(key) ?? 0);
        table.words[at] = value;
        table.words[at + 1] = value ^ 1;
        map.set(key, value);
      }
      assert.equal(table.count, map.size);
      assert.equal([...table.rows()].length, map.size);
      const elsewhere = new HashTable({ valueWords: 2, memory: table.memory });
      for (const key of [...map.keys(), 'none of these']) {
        const at = elsewhere.find(...hash64(key));
        assert.equal(at === -1 ? undefined : elsewhere.words[at], map.get(key));
        if (at !== -1) assert.equal(elsewhere.words[at + 1], (map.get(key) as number) ^ 1);
      }
    }),
    { numRuns: 100 },
  );
});

test('rows whose keys begin alike are distinguished', () => {
  const table = new HashTable({ valueWords: 0 });
  for (let i = 0; i < 1000; i++) table.add(7, 2 * i);
  assert.equal(table.count, 1000);
  assert.notEqual(table.find(7, 2 * 999), -1);
  assert.equal(table.find(7, 2 * 1000), -1);
});

test('all rows with one key are found, however often the table has grown', () => {
  const keys = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 400 });
  fc.assert(
    fc.property(keys, (all) => {
      const map = new Map<string, Set<number>>();
      const table = new HashTable({ valueWords: 1 });
      for (const [i, [a, b]] of all.entries()) {
        table.words[table.append(a, 2 * b)] = i;
        map.set(`${a} ${b}`, (map.get(`${a} ${b}`) ?? new Set()).add(i));
      }
      for (const [key, values] of map) {
        const [a = 0, b = 0] = key.split(' ').map(Number);
        const found: number[] = [];
        for (let at = table.find(a, 2 * b); at !== -1; at = table.next(at))
          found.push(table.words[at] as number);
        assert.deepEqual(new Set(found), values);
        assert.equal(found.length, values.size);
      }
    }),
    { numRuns: 100 },
  );
});
