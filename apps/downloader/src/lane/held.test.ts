import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GetOutcome } from '@crates-mirror/http-client';
import type { Lane } from './lane.ts';
import { failure, OK, runLane, status, target } from './lane-in-test.ts';

const TARGETS = Array.from({ length: 30 }, (_, i) => target(`t${i}`));
/** In ms. Long enough for a lane to send requests that it should not send. */
const A_WHILE = 40;

/** Holds a lane for a while. @returns the number of requests sent in the meantime */
async function hold(lane: Lane, asked: () => number): Promise<number> {
  lane.setHeld(true);
  const before = asked();
  await sleep(A_WHILE);
  const meanwhile = asked() - before;
  lane.setHeld(false);
  return meanwhile;
}

test('a lane that is held requests nothing, finishes the work in progress, and goes on where it was', async () => {
  let meanwhile: Promise<number> | undefined;
  let count = 0;
  const ended = await runLane(
    TARGETS,
    async (request, _, lane): Promise<GetOutcome> => {
      count = request;
      if (request === 5) meanwhile = hold(lane, () => count);
      // Requests in progress end while the lane is held.
      await sleep(5);
      return OK;
    },
    { concurrency: 4 },
  );
  assert.equal(ended.downloaded, TARGETS.length);
  // Up to three requests may have been sent in the same turn.
  assert.ok(((await meanwhile) ?? 0) <= 3, `${await meanwhile} were sent meanwhile`);
  assert.equal(ended.asked.length, TARGETS.length);
});

test('a lane may begin held; requests that were not sent when it is held are asked for afterwards', async () => {
  const ended = await runLane(
    TARGETS,
    (request, _, lane) => {
      if (request !== 5) return OK;
      lane.setHeld(true);
      setTimeout(() => lane.setHeld(false), A_WHILE);
      return failure('withdrawn');
    },
    { concurrency: 1 },
  );
  assert.deepEqual([ended.downloaded, ended.failed], [TARGETS.length, 0]);
  assert.deepEqual(ended.asked[5], ended.asked[4], 'the same again');
});

test('an outage is not waited out while a lane is held, and found out anew afterwards', async () => {
  const ended = await runLane(
    TARGETS,
    (request, _, lane) => {
      if (request === 3) {
        lane.setHeld(true);
        setTimeout(() => lane.setHeld(false), A_WHILE);
      }
      // The upstream is unreachable while the lane is held, and for a moment afterwards.
      return request >= 2 && request <= 5 ? failure('connect') : OK;
    },
    { concurrency: 1, retries: 20 },
  );
  assert.deepEqual([ended.downloaded, ended.failed, ended.fatal], [TARGETS.length, 0, undefined]);
});

test('files that are missing are confirmed only once a lane is no longer held', async () => {
  let isHeld = false;
  let askedWhileHeld = 0;
  const ended = await runLane(
    [target('there'), target('gone')],
    (request, name, lane) => {
      if (isHeld) askedWhileHeld += 1;
      if (name === 'gone') {
        isHeld = true;
        lane.setHeld(true);
        setTimeout(() => {
          isHeld = false;
          lane.setHeld(false);
        }, A_WHILE);
        return status(404);
      }
      return request > 0 ? OK : failure('connect');
    },
    { concurrency: 1 },
  );
  assert.deepEqual([ended.downloaded, ended.missing, askedWhileHeld], [1, 1, 0]);
});

test('a stop ends a lane that is held', async () => {
  const ended = await runLane(
    TARGETS,
    (request, _, lane) => {
      if (request === 5) {
        lane.setHeld(true);
        setTimeout(() => lane.stop(), A_WHILE);
      }
      return OK;
    },
    { concurrency: 1 },
  );
  assert.deepEqual([ended.downloaded, ended.failed], [5, 0]);
});
