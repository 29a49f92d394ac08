import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GetOutcome } from '@crates-mirror/http-client';
import type { Lane } from './lane.ts';
import { failure, OK, runLane, status, target } from './lane-in-test.ts';
import { StoreError } from './store/store-error.ts';

/** More than fail in silence before a lane gives up. */
const COUNT = 40;
const MAX_SILENT = 16;
const TARGETS = Array.from({ length: 2 * COUNT }, (_, i) => target(`t${i}`));

/**
 * Answers once so many are under way.
 *
 * @param onAll called then, before any is answered
 */
function answerTogether(outcome: GetOutcome, onAll: (lane: Lane) => void) {
  const all = Promise.withResolvers<void>();
  return async (request: number, _: string, lane: Lane): Promise<GetOutcome> => {
    if (request === COUNT) {
      onAll(lane);
      all.resolve();
    }
    await all.promise;
    return outcome;
  };
}

function diskFull(): StoreError {
  return new StoreError(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));
}

const SILENT = { concurrency: COUNT, retries: 0 };

test('a lane gives up once, however many requests end in silence with it', async () => {
  const answer = answerTogether(failure('connection_lost'), (lane) =>
    lane.setLimits({ limit: MAX_SILENT, rate: Number.POSITIVE_INFINITY }),
  );
  const ended = await runLane(TARGETS, answer, SILENT);
  assert.deepEqual(ended.reasons, ['https://x.example cannot be reached: connection_lost']);
  assert.deepEqual([ended.asked.length, ended.failed], [COUNT, COUNT]);
});

test('a lane that was stopped gives up nothing, whatever becomes of the work in progress', async () => {
  const answer = answerTogether(failure('connection_lost'), (lane) => lane.stop());
  const ended = await runLane(TARGETS, answer, SILENT);
  assert.deepEqual(ended.reasons, []);
  assert.deepEqual([ended.asked.length, ended.failed], [COUNT, COUNT]);
});

test('a limit that changes while a lane drains starts nothing more, and loses nothing', async () => {
  for (const limit of [1, 4 * COUNT]) {
    const answer = answerTogether(OK, (lane) => {
      lane.stop();
      lane.setLimits({ limit, rate: Number.POSITIVE_INFINITY });
    });
    const ended = await runLane(TARGETS, answer, { concurrency: COUNT });
    assert.deepEqual([ended.asked.length, ended.downloaded, ended.failed], [COUNT, COUNT, 0]);
  }
});

test('a disk that is full ends a lane once, however many files meet it', async () => {
  const ended = await runLane(
    TARGETS,
    answerTogether(OK, () => {}),
    { concurrency: COUNT, store: { place: (_, done) => done(diskFull()) } },
  );
  assert.deepEqual(ended.reasons, ['cannot write the mirror: no space left on device']);
  assert.deepEqual([ended.asked.length, ended.failed], [COUNT, COUNT]);
});

test('what cannot be looked for ends a lane at the first file', async () => {
  const find = (): never => {
    throw diskFull();
  };
  const ended = await runLane(TARGETS, () => OK, { store: { find } });
  assert.deepEqual([ended.reasons.length, ended.failed, ended.asked], [1, 1, []]);
});

test('a loose copy that finds the disk full is the last thing that a lane begins', async () => {
  const loose = TARGETS.map(({ name }) => target(name, { hasLooseCopy: true }));
  const ended = await runLane([...loose.slice(0, 3), target('absent')], () => OK, {
    concurrency: COUNT,
    store: { place: (_, done) => done(diskFull()) },
  });
  assert.deepEqual([ended.reasons.length, ended.failed, ended.asked], [1, 1, []]);
});

test('a lane that is stopped leaves no timer behind, however long a file was to wait', async () => {
  const timers = (): number =>
    process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
  const before = timers();
  const ended = await runLane(TARGETS.slice(0, 2), (request, _, lane) => {
    if (request === 2) lane.stop();
    return request === 1 ? status(503, 10_000) : OK;
  });
  assert.deepEqual([ended.asked, ended.downloaded], [['t0', 't1'], 1]);
  assert.equal(timers(), before);
});
