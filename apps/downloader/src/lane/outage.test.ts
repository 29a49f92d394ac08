import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GetOutcome } from '@crates-mirror/http-client';
import type { Lane } from './lane.ts';
import { failure, OK, runLane as run, target } from './lane-in-test.ts';

test('an outage is over once somebody answers, whatever happens to who is sent to look', async () => {
  const answers: Record<number, GetOutcome> = {
    1: OK,
    2: failure('connect'),
    // The request in progress is lost and queued again. The remaining target needs no request.
    3: failure('connection_lost'),
  };
  const targets = [
    target('a'),
    target('b'),
    target('c', { hasLooseCopy: true }),
    target('d', { hasLooseCopy: true }),
    target('e'),
  ];
  const ended = await run(targets, (request) => answers[request] ?? OK);
  assert.deepEqual([ended.downloaded, ended.failed, ended.fatal], [5, 0, undefined], ended.asked.join(' '));
  assert.deepEqual(ended.outages, ['gone', 'back']);

  const loose = await run(targets.slice(0, 4), (request) => answers[request] ?? OK);
  assert.deepEqual([loose.downloaded, loose.failed, loose.fatal], [4, 0, undefined], loose.asked.join(' '));
  assert.deepEqual(loose.outages, ['gone', 'back']);
});

test('a lane that is stopped while it waits sends nobody any more', async () => {
  const stopped = Promise.withResolvers<void>();
  const answer = async (request: number, name: string, lane: Lane): Promise<GetOutcome> => {
    // A slow request keeps the lane from finishing at once.
    if (name === 'slow') await stopped.promise;
    // The lane is stopped while the probe's response is on its way.
    if (request === 4) {
      lane.stop();
      stopped.resolve();
    }
    return name === 'a' || name === 'slow' ? OK : failure('connect');
  };
  const ended = await run([target('a'), target('slow'), target('b'), target('c')], answer, {
    concurrency: 2,
  });
  assert.deepEqual([ended.asked, ended.fatal], [['a', 'slow', 'b', 'b'], undefined]);
});

test('who redirects to somebody that is gone is there himself', async () => {
  const ended = await run([target('a'), target('b'), target('c')], (_, name) =>
    name === 'b' ? failure('connect', true) : OK,
  );
  assert.deepEqual([ended.downloaded, ended.failed, ended.fatal], [2, 1, undefined]);
  assert.deepEqual(ended.outages, []);
  assert.equal(ended.asked.filter((name) => name === 'b').length, 3);
});

test('an upstream that was never there ends the run after the retries, and nothing fails', async () => {
  const ended = await run([target('a'), target('b')], () => failure('connect'));
  assert.equal(ended.asked.length, 3);
  assert.match(ended.fatal ?? '', /^https:\/\/x\.example cannot be reached: connect$/);
  assert.deepEqual([ended.downloaded, ended.failed, ended.outages], [0, 0, []]);
});

test('an upstream that was there for another lane is waited for by one that never had an answer', async () => {
  // The lane learns of it during the first request, and during the wait for the upstream.
  for (const learntAt of [1, 2]) {
    const ended = await run([target('a'), target('b')], (request, _, lane) => {
      if (request === learntAt) lane.learn(target('elsewhere', { sha256: 'd'.repeat(64) }));
      return request < 9 ? failure('connect') : OK;
    });
    assert.deepEqual([ended.downloaded, ended.failed, ended.fatal], [2, 0, undefined], ended.asked.join(' '));
    assert.deepEqual(ended.outages, ['gone', 'back']);
  }
});

test('what another upstream has handed to another lane does not keep one that nobody reached from failing', async () => {
  const elsewhere = target('elsewhere', { origin: 'https://other.example', sha256: 'd'.repeat(64) });
  const ended = await run([target('a')], (request, _, lane) => {
    if (request === 1) lane.learn(elsewhere);
    return failure('connect');
  });
  assert.deepEqual([ended.downloaded, ended.failed, ended.fatal], [0, 1, undefined]);
  assert.deepEqual(ended.outages, []);
});
