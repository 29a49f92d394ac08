import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Meter } from './meter.ts';

test('a meter hands over what it has counted and starts anew', (t) => {
  const meter = new Meter();
  const now = 30_000;
  t.mock.method(performance, 'now', () => now);
  meter.startAttempt();
  meter.startAttempt();
  meter.endAttempt({ startedAt: now - 3000, kind: 'ok', status: 200, bytes: 10 });
  meter.endAttempt({ startedAt: now, kind: 'http_status', status: 503, bytes: 1 });
  meter.startAttempt();
  meter.stored(now - 20_000);
  const { attempts, attemptSeconds, storeSeconds, inflightChange } = meter.take();
  assert.deepEqual(
    attempts.map(({ kind, status, count, bytes, seconds }) => [
      kind,
      status,
      count,
      bytes,
      Math.floor(seconds),
    ]),
    [
      ['ok', 200, 1, 10, 3],
      ['http_status', 503, 1, 1, 0],
    ],
  );
  assert.equal(inflightChange, 1);
  assert.deepEqual([...attemptSeconds.counts], [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
  assert.equal(storeSeconds.counts.at(-1), 1, 'above all bounds');
  const next = meter.take();
  assert.deepEqual([next.attempts, next.inflightChange, next.attemptSeconds.sum], [[], 0, 0]);
});
