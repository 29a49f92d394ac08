import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tasks } from './tasks.ts';

test('as many actions as allowed are under way; the first error is thrown by whatever follows', async () => {
  const tasks = new Tasks(2);
  const ends: (() => void)[] = [];
  let underWay = 0;
  const act = async (): Promise<void> => {
    underWay += 1;
    await new Promise<void>((resolve) => ends.push(resolve));
    underWay -= 1;
  };
  await tasks.begin(act);
  await tasks.begin(act);
  const third = tasks.begin(act);
  assert.equal(underWay, 2);
  ends.shift()?.();
  await third;
  assert.equal(underWay, 2);
  for (const end of ends) end();
  await tasks.finish();
  assert.equal(underWay, 0);

  await tasks.begin(() => Promise.reject(new Error('the first')));
  await assert.rejects(tasks.finish(), /the first/);
  await assert.rejects(
    tasks.begin(() => Promise.reject(new Error('another'))),
    /the first/,
  );
});
