import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ABSENT, eitherOf, type LookupResult } from './lookup-result.ts';
import type { LoosePlace } from './place.ts';

function place(path: string): LoosePlace {
  return { kind: 'loose', path, size: 1, mtimeMs: 1 };
}

const HELD: LookupResult = { kind: 'held', place: place('held') };
const DAMAGED: LookupResult = { kind: 'damaged', places: [place('damaged')] };
const OUTDATED: LookupResult = { kind: 'outdated' };
const LOST: LookupResult = { kind: 'lost', path: 'lost' };
/** Highest precedence first. */
const RANKS = [['held'], ['damaged'], ['outdated', 'lost'], ['absent']];

test('a whole copy counts, then a damaged one, then the state of either place', () => {
  const one = fc.constantFrom(HELD, DAMAGED, OUTDATED, LOST, ABSENT);
  const rank = ({ kind }: LookupResult): number => RANKS.findIndex((kinds) => kinds.includes(kind));
  fc.assert(
    fc.property(one, one, (first, second) => {
      assert.equal(rank(eitherOf(first, second)), Math.min(rank(first), rank(second)));
    }),
  );
});

test('of two damaged copies both are named', () => {
  const both = eitherOf({ kind: 'damaged', places: [place('a')] }, { kind: 'damaged', places: [place('b')] });
  assert.deepEqual(both, { kind: 'damaged', places: [place('a'), place('b')] });
});
