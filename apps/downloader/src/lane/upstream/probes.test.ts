import assert from 'node:assert/strict';
import { test } from 'node:test';
import { target } from '../lane-in-test.ts';
import { Probes } from './probes.ts';

const [A, B] = ['https://a.example', 'https://b.example'] as const;
const SUM = 'e'.repeat(64);

test('the probe is the last file that came; without one, three of different crates that are in place, in turn', () => {
  const probes = new Probes();
  const next = (origin: string) => probes.next(origin)?.name;
  assert.deepEqual([probes.count(A), next(A)], [0, undefined]);
  for (const name of ['one', 'one', 'two', 'three', 'four'])
    probes.held({ target: target(name, { origin: A }), sha256: SUM });
  assert.deepEqual([probes.count(A), probes.count(B), next(B)], [3, 0, undefined]);
  assert.deepEqual([next(A), next(A), next(A), next(A)], ['one', 'two', 'three', 'one']);
  for (const name of ['five', 'six']) probes.served({ target: target(name, { origin: A }), sha256: SUM });
  assert.deepEqual([probes.count(A), next(A), next(A)], [1, 'six', 'six']);
  assert.equal(probes.next(A)?.sha256, SUM);
});
