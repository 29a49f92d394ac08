import assert from 'node:assert/strict';
import { test } from 'node:test';
import { target } from '../lane-in-test.ts';
import { Unconfirmed, type UnconfirmedTarget } from './unconfirmed.ts';

const [A, B] = ['https://a.example', 'https://b.example'] as const;

function missing(name: string, origin: string, answeredAt: number): UnconfirmedTarget {
  return { target: target(name, { origin }), error: { code: 'http_403', message: 'm' }, answeredAt };
}

const names = (targets: readonly UnconfirmedTarget[]): string[] => targets.map(({ target }) => target.name);

test('unconfirmed targets are taken out by origin, and by when they were answered', () => {
  const unconfirmed = new Unconfirmed();
  assert.deepEqual([unconfirmed.anyOrigin, unconfirmed.take(A)], [undefined, []]);
  for (const [name, origin, at] of [
    ['one', A, 1],
    ['two', A, 2],
    ['three', A, 3],
    ['other', B, 1],
  ] as const)
    unconfirmed.add(missing(name, origin, at));
  assert.deepEqual(names(unconfirmed.take(A, 0)), []);
  assert.deepEqual(names(unconfirmed.take(A, 2)), ['one', 'two']);
  assert.deepEqual(names(unconfirmed.take(A)), ['three']);
  assert.equal(unconfirmed.anyOrigin, B);
  assert.deepEqual(names(unconfirmed.take(B)), ['other']);
  assert.equal(unconfirmed.anyOrigin, undefined);
});

test('an origin is full with so many of its own', () => {
  const unconfirmed = new Unconfirmed();
  for (let i = 0; i < 63; i++) for (const origin of [A, B]) unconfirmed.add(missing(String(i), origin, i));
  assert.equal(unconfirmed.fullOrigin, undefined);
  unconfirmed.add(missing('63', B, 63));
  assert.equal(unconfirmed.fullOrigin, B);
  unconfirmed.take(B, 0);
  assert.equal(unconfirmed.fullOrigin, undefined);
});
