import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GetOutcome } from '@crates-mirror/http-client';
import type { Lane } from './lane.ts';
import { failure, type LaneEnd, OK, runLane, status, target } from './lane-in-test.ts';
import type { Target } from './target.ts';

/** Makes targets named `t0` and on. */
function many(count: number): Target[] {
  return Array.from({ length: count }, (_, i) => target(`t${i}`));
}

function ends({ downloaded, missing, failed, fatal, outages }: LaneEnd): unknown[] {
  return [downloaded, missing, failed, fatal, outages.join(' ')];
}

test('a missing file is one once another file comes that was asked for later', async () => {
  const ended = await runLane(many(3), (_, name) => (name === 't1' ? status(404) : OK));
  assert.deepEqual(ended.asked, ['t0', 't1', 't2']);
  assert.deepEqual(ends(ended), [2, 1, 0, undefined, '']);
});

test('a file that was asked for before does not vouch for the upstream', async () => {
  let refused: () => void;
  const isRefused = new Promise<void>((resolve) => {
    refused = resolve;
  });
  const answer = async (request: number, name: string): Promise<GetOutcome> => {
    if (name !== 'slow') setImmediate(refused);
    if (name === 'slow' && request === 1) await isRefused;
    return name === 'slow' ? OK : status(403);
  };
  const ended = await runLane([target('slow'), target('a')], answer, { concurrency: 2 });
  assert.deepEqual(ended.asked, ['slow', 'a', 'slow']);
  assert.deepEqual(ends(ended), [1, 1, 0, undefined, '']);
});

test('when nothing else is left, a file that is there is asked for, and is not downloaded once more', async () => {
  const ended = await runLane(many(3), (_, name) => (name === 't0' ? OK : status(403)));
  assert.deepEqual(ended.asked, ['t0', 't1', 't2', 't0']);
  assert.deepEqual(ends(ended), [1, 2, 0, undefined, '']);
});

test('an upstream that turns us away is waited for, and nothing is missing', async () => {
  let refusals = 0;
  const answer = (request: number): GetOutcome => {
    const isRefused = request > 10 && refusals < 100;
    if (isRefused) refusals += 1;
    return isRefused ? status(403) : OK;
  };
  const ended = await runLane(many(400), answer, { concurrency: 8 });
  assert.deepEqual(ends(ended), [400, 0, 0, undefined, 'gone back']);
  assert.ok(ended.asked.slice(10, 110).filter((name) => name === 't9').length > 20, 'one at a time');
});

test('an upstream that turns us away for good ends the run after five minutes', async (t) => {
  const { now } = performance;
  const answer = (request: number): GetOutcome => {
    if (request === 80) t.mock.method(performance, 'now', () => now.call(performance) + 301_000);
    return request === 1 ? OK : status(403);
  };
  const ended = await runLane(many(200), answer);
  assert.deepEqual(ends(ended), [
    1,
    0,
    0,
    'https://x.example answers 403 Forbidden for files that it has',
    'gone',
  ]);
  assert.deepEqual(ended.asked.slice(0, 66), [...many(65).map(({ name }) => name), 't0']);
  assert.equal(ended.asked.length, 80);
});

test('where nothing is known to be there, missing is missing', async () => {
  const ended = await runLane(many(200), () => status(403), { concurrency: 4 });
  assert.equal(ended.asked.length, 200);
  assert.deepEqual(ends(ended), [0, 200, 0, undefined, '']);
});

test('a lane that is turned away from its first file on asks for one that another lane was handed', async () => {
  const elsewhere = target('elsewhere', { sha256: 'd'.repeat(64) });
  const isRefused = (request: number): boolean => request <= 6;
  const turnedAway = await runLane(many(3), (request, _, lane) => {
    if (request === 1) lane.learn(elsewhere);
    return isRefused(request) ? status(403) : OK;
  });
  assert.deepEqual(turnedAway.asked.slice(0, 7), ['t0', 't1', 't2', ...Array(4).fill('elsewhere')]);
  assert.deepEqual(ends(turnedAway), [3, 0, 0, undefined, 'gone back']);
  const missing = await runLane(many(3), (request, name, lane) => {
    if (request === 1) lane.learn(elsewhere);
    return name === 'elsewhere' ? OK : status(403);
  });
  assert.deepEqual(missing.asked, ['t0', 't1', 't2', 'elsewhere']);
  assert.deepEqual(ends(missing), [0, 3, 0, undefined, '']);
});

test('other lanes learn of the first file of each origin', async () => {
  const other = { origin: 'https://other.example' };
  const targets = [...many(2), target('a', other), target('b', other)];
  const { firstServed } = await runLane(targets, (_, name) => (name === 't0' ? status(404) : OK));
  assert.deepEqual(firstServed, ['t1', 'a']);
});

test('a file in place that has been removed upstream since proves nothing', async () => {
  const inPlace = ['t0', 't1', 't2', 't3'];
  const ended = await runLane(many(6), (_, name) => (name === 't2' ? OK : status(404)), { inPlace });
  assert.deepEqual(ended.asked, ['t4', 't5', 't0', 't1', 't2']);
  assert.deepEqual(ends(ended), [0, 2, 0, undefined, '']);
});

test('files that were not given to a lane are looked for, and never taken over by it', async () => {
  const ended = await runLane(many(3), (_, name) => (name === 'other' ? OK : status(403)), {
    inPlace: ['t0', 'other'],
    passedOver: [target('other')],
  });
  assert.ok(ended.asked.includes('other'));
  assert.deepEqual(ended.takenOver, ['t0']);
});

test('where too little is in place to say, files that were not looked at are asked for too', async () => {
  const ended = await runLane(many(3), (_, name) => (name === 'other' ? OK : status(403)), {
    inPlace: ['t0', 'other'],
    passedOver: [target('other')],
  });
  assert.deepEqual([ended.missing, ended.fatal], [2, undefined], ended.asked.join(' '));
});

test('a rerun that is turned away from the start ends after the retries', async () => {
  const ended = await runLane(many(6), () => status(403), { inPlace: ['t0', 't1'] });
  assert.deepEqual(ended.asked, ['t2', 't3', 't4', 't5', 't0', 't1', 't0', 't1']);
  const message = 'https://x.example answers 403 Forbidden for files that it has';
  assert.deepEqual(ends(ended), [0, 0, 0, message, '']);
});

test('one upstream of several that turns us away has failed, and the others go on', async () => {
  const other = { origin: 'https://other.example' };
  const targets = [target('a'), target('other', other), target('b'), target('c')];
  const ended = await runLane(targets, (request, name) =>
    request === 1 || name === 'other' ? OK : status(403),
  );
  assert.deepEqual(ended.asked, ['a', 'other', 'b', 'c', 'a']);
  assert.deepEqual(ends(ended), [2, 0, 2, undefined, '']);
});

test('a doubtful file is left to the next run when a lane is stopped', async () => {
  const ended = await runLane(many(3), (_, name, lane) => {
    if (name === 't2') lane.stop();
    return name === 't0' ? OK : status(403);
  });
  assert.deepEqual(ended.asked, ['t0', 't1', 't2']);
  assert.deepEqual(ends(ended), [1, 0, 0, undefined, '']);
});

test('an upstream that cannot be reached when it is to show that it has files is waited for', async () => {
  const ended = await runLane(many(2), (request, name) => {
    if (request === 3) return failure('connect');
    return name === 't0' ? OK : status(404);
  });
  assert.deepEqual(ended.asked, ['t0', 't1', 't0', 't1', 't0']);
  assert.deepEqual(ends(ended), [1, 1, 0, undefined, 'gone back']);
});

test('what was not sent when a lane is stopped is left to the next run', async () => {
  const answer = (_: number, __: string, lane: Lane): GetOutcome => {
    lane.stop();
    return failure('withdrawn');
  };
  const ended = await runLane(many(3), answer, { concurrency: 2, retries: 0 });
  assert.deepEqual(ended.asked, ['t0', 't1']);
  assert.deepEqual(ends(ended), [0, 0, 0, undefined, '']);
});
