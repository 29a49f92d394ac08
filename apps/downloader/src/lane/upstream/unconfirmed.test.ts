import assert from 'node:assert/strict';
import { test } from 'node:test';
import { target } from '../lane-in-test.ts';
import { Probes } from './probes.ts';
import { Unconfirmed, type UnconfirmedTarget } from './unconfirmed.ts';

const [A, B] = ['https://a.example', 'https://b.example'] as const;
const SUM = 'e'.repeat(64);

function suspect(name: string, origin: string, answeredAt: number): UnconfirmedTarget {
  return { target: target(name, { origin }), error: { code: 'http_403', message: 'm' }, answeredAt };
}

const names = (suspects: readonly UnconfirmedTarget[]): string[] => suspects.map(({ target }) => target.name);

test('suspects are taken out by origin, and by when they were answered', () => {
  const suspects = new Unconfirmed();
  assert.deepEqual([suspects.anyOrigin, suspects.take(A)], [undefined, []]);
  for (const [name, origin, at] of [
    ['one', A, 1],
    ['two', A, 2],
    ['three', A, 3],
    ['other', B, 1],
  ] as const)
    suspects.add(suspect(name, origin, at));
  assert.deepEqual(names(suspects.take(A, 0)), []);
  assert.deepEqual(names(suspects.take(A, 2)), ['one', 'two']);
  assert.deepEqual(names(suspects.take(A)), ['three']);
  assert.equal(suspects.anyOrigin, B);
  assert.deepEqual(names(suspects.take(B)), ['other']);
  assert.equal(suspects.anyOrigin, undefined);
});

test('an origin is full with so many of its own', () => {
  const suspects = new Unconfirmed();
  for (let i = 0; i < 63; i++) for (const origin of [A, B]) suspects.add(suspect(String(i), origin, i));
  assert.equal(suspects.fullOrigin, undefined);
  suspects.add(suspect('63', B, 63));
  assert.equal(suspects.fullOrigin, B);
  suspects.take(B, 0);
  assert.equal(suspects.fullOrigin, undefined);
});

test('the control is the last file that came; without one, three of different crates that are in place, in turn', () => {
  const controls = new Probes();
  const next = (origin: string) => controls.next(origin)?.name;
  assert.deepEqual([controls.count(A), next(A)], [0, undefined]);
  for (const name of ['one', 'one', 'two', 'three', 'four']) controls.held(target(name, { origin: A }), SUM);
  assert.deepEqual([controls.count(A), controls.count(B), next(B)], [3, 0, undefined]);
  assert.deepEqual([next(A), next(A), next(A), next(A)], ['one', 'two', 'three', 'one']);
  for (const name of ['five', 'six']) controls.served(target(name, { origin: A }), SUM);
  assert.deepEqual([controls.count(A), next(A), next(A)], [1, 'six', 'six']);
  assert.equal(controls.next(A)?.sha256, SUM);
});
