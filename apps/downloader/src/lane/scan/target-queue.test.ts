import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Target } from '../target.ts';
import { TargetQueue } from './target-queue.ts';

const target = (name: string): Target => ({ name }) as Target;

test('those that were asked for before come first, once their backoff is over', async () => {
  const waiting = new TargetQueue();
  for (const name of ['a', 'b']) waiting.add(target(name));
  waiting.addAgain(target('again'));
  await new Promise<void>((done) => waiting.addLater(target('later'), 1, done));
  waiting.addLater(target('much later'), 60_000, () => {});
  assert.deepEqual([waiting.newCount, waiting.backingOff, waiting.size], [2, 1, 5]);
  const names = Array.from({ length: 5 }, () => waiting.next()?.name);
  assert.deepEqual(names, ['again', 'later', 'a', 'b', undefined]);
  waiting.endBackoffs();
  assert.equal(waiting.size, 0);
});

test('work is asked for before the last target is taken, and never without end', () => {
  const waiting = new TargetQueue();
  let count = 0;
  for (; waiting.hasRoom; count++) waiting.add(target(String(count)));
  assert.deepEqual([count, waiting.wantsWork], [1000, false]);
  let taken = 0;
  for (; !waiting.wantsWork; taken++) assert.equal(waiting.next()?.name, String(taken));
  assert.equal(taken, 501);
  for (; waiting.size > 0; taken++) assert.equal(waiting.next()?.name, String(taken));
  assert.equal(taken, 1000);
});
