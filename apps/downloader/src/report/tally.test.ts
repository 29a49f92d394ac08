import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plan } from '../plan/work.ts';
import { Tally } from './tally.ts';

const PLAN: Plan = {
  next: () => undefined,
  isExhausted: false,
  total: undefined,
  unitsHandedOut: 0,
  countable: undefined,
  index: undefined,
};

test('a total is shown when it was counted, exact and the same ever after', () => {
  const tally = new Tally(PLAN, 1);
  assert.equal(tally.snapshot().total, undefined);
  tally.counted = 100;
  const { total, totalIsExact } = tally.snapshot();
  assert.deepEqual([total, totalIsExact], [100, true]);
});
