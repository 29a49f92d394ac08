import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GetOutcome, HttpClient } from '@crates-mirror/http-client';
import type { FailureKind } from '@crates-mirror/retry';
import type { Work } from '../plan/work.ts';
import type { CrateBody } from './crate-body.ts';
import type { Destination } from './destination.ts';
import { Lane } from './lane.ts';
import { Outbox } from './outbox.ts';
import type { OutageNote, SettledBatch } from './protocol.ts';
import type { Target } from './target.ts';

const OK: GetOutcome = { ok: true, bytes: 0 };
const BODY = {
  size: 0,
  hasLength: true,
  digest: () => 'd'.repeat(64),
  discard: () => {},
} as unknown as CrateBody;
const WORK: Work = { kind: 'list', lines: [] };

function failure(kind: FailureKind, hasAnswered = false): GetOutcome {
  return {
    ok: false,
    kind,
    code: kind,
    message: kind,
    status: undefined,
    retryAfterMs: undefined,
    bytes: 0,
    hasAnswered,
    cause: undefined,
  };
}

function target(name: string, hasLooseCopy = false): Target {
  return {
    name,
    version: '1.0.0',
    sha256: undefined,
    url: `https://x.example/${name}`,
    origin: 'https://x.example',
    path: name,
    shard: '1',
    startedAt: 0,
    retries: 0,
    lostConnections: 0,
    hasLooseCopy,
  };
}

interface Ended {
  readonly asked: string[];
  readonly outages: ('gone' | 'back')[];
  readonly fatal: string | undefined;
  readonly downloaded: number;
  readonly failed: number;
}

/** Runs a lane over some targets. @param answer to each request, by its number */
function run(
  targets: readonly Target[],
  answer: (request: number, name: string, lane: Lane) => GetOutcome | Promise<GetOutcome>,
  concurrency = 1,
): Promise<Ended> {
  const asked: string[] = [];
  const outages: ('gone' | 'back')[] = [];
  const counts = { downloaded: 0, failed: 0 };
  let fatal: string | undefined;
  const client: Pick<HttpClient, 'get'> = {
    get: ({ path }, _, done) => {
      asked.push(path.slice(1));
      const request = asked.length;
      setImmediate(async () => done(await answer(request, path.slice(1), lane)));
    },
  };
  const store: Destination = {
    isBusy: false,
    find: () => undefined,
    loadLooseCopy: () => BODY,
    newBody: () => BODY,
    place: ({ status, sha256 }, done) => done({ status, size: 0, sha256, storage: 'bundle', bundle: 'b' }),
    handOver: () => {},
    flush: () => {},
  };
  let lane: Lane;
  return new Promise((resolve) => {
    lane = new Lane({
      concurrency,
      backoff: { retries: 2, baseMs: 5, maxMs: 5 },
      client: client as HttpClient,
      store,
      outbox: new Outbox('bundle', undefined, (batch: SettledBatch) => {
        counts.downloaded += batch.counts.downloaded + batch.counts.verifiedExisting;
        counts.failed += batch.counts.failed;
      }),
      targetsOf: function* () {
        yield* targets;
      },
      unchanged: undefined,
      onHungry: () => lane.finish(),
      onFatal: ({ message }) => {
        fatal = message;
      },
      onOutage: (note: OutageNote) => void outages.push('reason' in note ? 'gone' : 'back'),
      onAskedToWait: () => {},
      onDrained: () => resolve({ asked, outages, fatal, ...counts }),
    });
    lane.accept(WORK);
  });
}

test('an outage is over once somebody answers, whatever happens to who is sent to look', async () => {
  const answers: Record<number, GetOutcome> = {
    1: OK,
    2: failure('connect'),
    // The one that is sent is lost, and waits; what is left to send needs no request.
    3: failure('connection_lost'),
  };
  const targets = [target('a'), target('b'), target('c', true), target('d', true), target('e')];
  const ended = await run(targets, (request) => answers[request] ?? OK);
  assert.deepEqual([ended.downloaded, ended.failed, ended.fatal], [5, 0, undefined], ended.asked.join(' '));
  assert.deepEqual(ended.outages, ['gone', 'back']);

  const loose = await run(targets.slice(0, 4), (request) => answers[request] ?? OK);
  assert.deepEqual([loose.downloaded, loose.failed, loose.fatal], [4, 0, undefined], loose.asked.join(' '));
  assert.deepEqual(loose.outages, ['gone', 'back']);
});

test('a lane that is stopped while it waits sends nobody any more', async () => {
  const answer = async (request: number, name: string, lane: Lane): Promise<GetOutcome> => {
    // One that takes its time keeps the lane from being done at once.
    if (name === 'slow') await new Promise((resolve) => setTimeout(resolve, 100));
    // The scout's own answer is on its way when the lane is stopped.
    if (request === 4) lane.stop();
    return name === 'a' || name === 'slow' ? OK : failure('connect');
  };
  const ended = await run([target('a'), target('slow'), target('b'), target('c')], answer, 2);
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
