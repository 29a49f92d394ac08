import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IndexPlan } from '@crates-mirror/crates-index';
import { noCounts } from './lane/protocol.ts';
import { Tally } from './tally.ts';

test('a total is the count, or the number found once all is complete, but never an estimate', () => {
  const plan = { isExhausted: false, unitsHandedOut: 20 };
  const tally = new Tally(plan as IndexPlan);
  const add = (fresh: number, files: number): void =>
    tally.add({ counts: { ...noCounts(), fresh }, problems: [], output: undefined, fatal: undefined }, files);
  add(100, 10);
  assert.equal(tally.snapshot().total, undefined);
  tally.counted = 201;
  assert.deepEqual([tally.snapshot().total, tally.snapshot().totalIsExact], [201, true]);
  add(100, 10);
  plan.isExhausted = true;
  assert.equal(tally.snapshot().total, 200, 'one line was of no use');
});
