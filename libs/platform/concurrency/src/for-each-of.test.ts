import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { forEachOf } from './for-each-of.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('each item is taken once, and no more at a time than are allowed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(), { maxLength: 20 }),
      fc.integer({ min: 1, max: 5 }),
      async (items, most) => {
        const taken: number[] = [];
        let running = 0;
        await forEachOf(items, most, async (item) => {
          taken.push(item);
          running += 1;
          assert.ok(running <= most);
          await turn();
          running -= 1;
        });
        assert.deepEqual(taken, items);
        assert.equal(running, 0);
      },
    ),
  );
});

test('after a failure no other item is begun, and those under way end first', async () => {
  const begun: number[] = [];
  let ended = 0;
  const act = async (item: number): Promise<void> => {
    begun.push(item);
    if (item === 1) throw new Error('the first');
    await turn();
    ended += 1;
  };
  await assert.rejects(forEachOf([0, 1, 2, 3, 4, 5], 2, act), /the first/);
  assert.deepEqual([begun, ended], [[0, 1], 1]);
});
