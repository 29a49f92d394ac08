import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DelayLine } from './delay-line.ts';

test('data arrives half a round trip later, in order', () => {
  const line = new DelayLine<string>();
  line.set({ rttMs: 60, rateMbit: 0 });
  line.send('a', 1e9, 100);
  line.send('b', 1, 101);
  assert.equal(line.nextDue, 130);
  assert.equal(line.receive(129.9), undefined);
  assert.equal(line.receive(140), 'a');
  assert.equal(line.receive(140), 'b');
  assert.equal(line.receive(140), undefined);
  assert.equal(line.nextDue, undefined);
});

test('a rate is shared by all that is sent; an idle line saves nothing up', () => {
  const line = new DelayLine<number>();
  // 25,000 bytes per millisecond
  line.set({ rttMs: 10, rateMbit: 200 });
  line.send(1, 250_000, 0);
  line.send(2, 250_000, 0);
  assert.equal(line.queueMs(5), 15);
  assert.equal(line.nextDue, 15);
  assert.equal(line.receive(15), 1);
  assert.equal(line.nextDue, 25);
  line.send(3, 25_000, 1000);
  assert.deepEqual([line.receive(2000), line.receive(1005.9), line.receive(1006)], [2, undefined, 3]);
  assert.equal(line.queueMs(2000), 0);
});

test('settings hold for data sent afterwards, and nothing overtakes', () => {
  const line = new DelayLine<number>();
  line.set({ rttMs: 100, rateMbit: 0 });
  line.send(1, 1, 0);
  line.set({ rttMs: 2, rateMbit: 1 });
  line.send(2, 125, 10);
  assert.deepEqual([line.receive(49), line.receive(50), line.receive(50)], [undefined, 1, 2]);
  line.send(3, 125, 60);
  assert.equal(line.nextDue, 62);
});

test('thousands of items', () => {
  const line = new DelayLine<number>();
  line.set({ rttMs: 2, rateMbit: 0 });
  let expected = 0;
  for (let i = 0; i < 10_000; i++) {
    line.send(i, 1, i);
    if (i % 3 === 0) assert.equal(line.receive(i + 1), expected++);
  }
  while (expected < 10_000) assert.equal(line.receive(20_000), expected++);
});
