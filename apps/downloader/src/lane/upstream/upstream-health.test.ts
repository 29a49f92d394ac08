import assert from 'node:assert/strict';
import { test } from 'node:test';
import { target } from '../lane-in-test.ts';
import type { Target } from '../target.ts';
import {
  attempt,
  BACKOFF,
  came,
  elsewhere,
  ended,
  held,
  idle,
  MANY,
  missing,
  probe,
  ready,
  rejected,
  run,
  SHA256,
  type Step,
  said,
  silent,
  stop,
  text,
  timer,
  waiting,
} from './health-in-test.ts';
import { UpstreamHealth } from './upstream-health.ts';

test('what becomes of a target, by what its attempt came to', () => {
  const tried = target('tried', { retries: 2 });
  const error = { code: 'c', message: 'm' };
  run([
    [attempt(came('a')), 'share a'],
    [attempt(came('b')), ''],
    [attempt(ended('c', { kind: 'sink', cause: 'disk' })), ''],
    [attempt(ended('c', { kind: 'withdrawn' })), 'hold c'],
    [attempt(ended('c', { kind: 'unverifiable', error })), 'complete c error'],
    [attempt(ended('c', { kind: 'checksum_mismatch', error })), 'retry c'],
    [attempt(ended(tried, { kind: 'checksum_mismatch', error })), 'complete tried error'],
    [attempt(said(503, 'c')), 'retry c'],
    [attempt(said(401, 'c')), 'complete c error'],
    [attempt(said(404, 'c')), ''],
    [attempt(silent('connection_lost', 'c')), 'retry c'],
  ]);
});

test('a file reported as missing is missing once a later request is served, or the probe is', () => {
  run([
    [attempt(came('a', { endedAt: 10 })), 'share a'],
    [attempt(said(404, 'm', { endedAt: 100 })), ''],
    [attempt(came('early', { endedAt: 100 })), ''],
    [attempt(came('late', { endedAt: 101 })), 'complete m missing_upstream'],
    [idle, ''],
    [attempt(said(404, 'n', { endedAt: 200 })), ''],
    [ready, ''],
    [idle, 'probe late'],
  ]);
  const last = { ...target('a'), sha256: SHA256 };
  let asked: Target | undefined;
  run([
    [attempt(came(last)), 'share a'],
    [attempt(said(404, 'm')), ''],
    [
      (health) => {
        const actions = health.onIdle();
        const [action] = actions;
        if (action?.type === 'probe') asked = action.target;
        return actions;
      },
      'probe a',
    ],
    // One probe at a time.
    [idle, ''],
    [
      (health) => health.onAttempt(came(asked as Target, { isProbe: true, endedAt: 2000 })),
      'complete m missing_upstream',
    ],
    [idle, ''],
  ]);
});

test('with 64 that are unconfirmed, a probe comes before anything else; without a known file they are missing', () => {
  const believed = Array.from({ length: 64 }, (_, i) => `complete m${i} missing_upstream`).join(', ');
  const full = run([...missing(63), [ready, '']]);
  assert.equal(full.isHeldBack, false);
  assert.deepEqual([text(full.onAttempt(said(404, 'm63'))), full.isHeldBack], ['', true]);
  assert.deepEqual([text(full.onReady()), full.isHeldBack], [believed, false]);
  const known = [{ target: target('known'), sha256: SHA256 }];
  const probed = run([...missing(64), [ready, 'probe known'], [ready, '']], known);
  assert.equal(probed.isHeldBack, true);
});

/**
 * A lane with a known file from another lane and two unconfirmed targets. It returns the probe for
 * them.
 */
function confirming(): { health: UpstreamHealth; asked: Target } {
  const health = run([[elsewhere(probe('known')), ''], ...missing(2)]);
  const [action] = health.onIdle();
  assert.equal(action?.type, 'probe');
  return { health, asked: (action as { target: Target }).target };
}

test('a known file that is refused opens the circuit, and what was unconfirmed is held', () => {
  const { health, asked } = confirming();
  const refused = health.onAttempt(said(403, asked, { isProbe: true }));
  assert.deepEqual([text(refused), health.state], ['hold m0, hold m1, report opened, wait 1', 'open']);
  assert.deepEqual([text(health.onTimer()), health.state], ['probe known, report half_opened', 'half-open']);
  assert.equal(text(health.onTimer()), '', 'one at a time');
  const still = health.onAttempt(said(403, asked, { isProbe: true }));
  assert.deepEqual([health.state, text(still)], ['open', 'report reopened, wait 2']);
});

test('of several known files that no file has come beside, one alone may be gone', () => {
  const [a, b] = [probe('a'), probe('b')];
  const health = run([[held(a), ''], [held(b), ''], ...missing(1)]);
  const asked: Target[] = [];
  const ask = (): string => {
    const actions = health.onIdle();
    for (const action of actions) if (action.type === 'probe') asked.push(action.target);
    return text(actions);
  };
  const refuse = (): string => text(health.onAttempt(said(404, asked.at(-1) as Target, { isProbe: true })));
  assert.deepEqual([ask(), refuse(), health.state], ['probe a', '', 'closed']);
  assert.deepEqual([ask(), refuse(), health.state], ['probe b', 'hold m0, wait 1', 'open']);
});

test('where another upstream serves files, what this one refuses has failed', () => {
  const { health, asked } = confirming();
  health.onAttempt(came(target('other', { origin: 'https://other.example' })));
  const refused = health.onAttempt(said(403, asked, { isProbe: true }));
  assert.deepEqual([text(refused), health.state], ['complete m0 error, complete m1 error', 'closed']);
});

test('an upstream that is gone: targets are held, one that waits is the probe, any answer ends it', () => {
  run([
    [attempt(came('a')), 'share a'],
    [attempt(silent('connect', 'b', { endedAt: 1002 })), 'hold b, report opened, wait 1', 'open'],
    [attempt(silent('connect', 'c', { endedAt: 1002 })), 'hold c', 'open'],
    [timer, 'probe_waiting', 'open'],
    [waiting(undefined), 'wait 1', 'open'],
    [timer, 'probe_waiting', 'open'],
    [waiting(target('b')), 'report half_opened', 'half-open'],
    [attempt(said(404, 'd')), 'stop_waiting, report closed', 'closed'],
    [timer, ''],
    [waiting(undefined), ''],
  ]);
  run([
    [attempt(silent('connect', 'a')), 'hold a, wait 1', 'open'],
    [elsewhere(target('e')), 'stop_waiting', 'closed'],
    [attempt(silent('connect', 'a', { endedAt: 1002 })), 'hold a, report opened, wait 1', 'open'],
    [elsewhere(target('e')), 'stop_waiting, report closed', 'closed'],
    // A response to another request arrived after this one was sent.
    [attempt(silent('connect', 'a', { endedAt: 900 })), 'retry a', 'closed'],
  ]);
});

test('an upstream that rejects everything: so many in a row open the circuit, not one less', () => {
  run([
    ...rejected(503, MANY - 1),
    [attempt(said(503, 'last', { retryAfterMs: 9 })), 'hold last, wait 1 and 9 ms', 'open'],
    [timer, 'probe_waiting', 'open'],
  ]);
  run([...rejected(503, MANY - 1), [attempt(came('a')), 'share a'], [attempt(said(503, 'b')), 'retry b']]);
});

test('a rejection that is no "not now" opens the circuit only where a file is known, which is looked for once', () => {
  const denied = (name: string): Step => [attempt(said(401, name)), `complete ${name} error`];
  let looks = 0;
  const health = new UpstreamHealth({
    concurrency: 4,
    backoff: BACKOFF,
    knownFiles: () => {
      looks += 1;
      return [];
    },
  });
  for (let i = 0; i < 2 * MANY; i++)
    assert.equal(text(health.onAttempt(said(401, `d${i}`))), `complete d${i} error`);
  assert.deepEqual([health.state, looks], ['closed', 1]);
  const known = [{ target: target('known'), sha256: SHA256 }];
  const before = Array.from({ length: MANY - 1 }, (_, i) => denied(`d${i}`));
  run(
    [
      ...before,
      [attempt(said(401, 'last')), 'hold last, wait 1', 'open'],
      [timer, 'probe known', 'half-open'],
    ],
    known,
  );
});

test('silence ends the run where it has lasted, after so many targets that have failed by it', () => {
  const lost = target('lost', { retries: 10, lostConnections: 10 });
  const one = (endedAt: number, actions: string): Step => [
    attempt(silent('connection_lost', lost, { endedAt })),
    actions,
  ];
  const fails = Array.from({ length: MANY - 1 }, () => one(70_000, 'complete lost error'));
  run([[attempt(came('a')), 'share a'], ...fails, one(61_000, 'complete lost error')]);
  run([[attempt(came('a')), 'share a'], ...fails, one(61_001, 'complete lost error, give_up')]);
});

test('a stopped upstream is asked for nothing more, and the next run completes the rest', () => {
  run([
    [attempt(came('a')), 'share a'],
    [attempt(said(404, 'm')), ''],
    [stop, ''],
    [attempt(said(503, 'b')), ''],
    [attempt(silent('connect', 'b', { endedAt: 1002 })), ''],
    [attempt(said(401, 'b')), 'complete b error'],
    [attempt(ended('b', { kind: 'withdrawn' }, { hasAnswered: false })), ''],
    [stop, ''],
  ]);
  run([
    [attempt(came('a')), 'share a'],
    [attempt(silent('connect', 'b', { endedAt: 1002 })), 'hold b, report opened, wait 1', 'open'],
    [stop, 'stop_waiting, report abandoned', 'closed'],
    [timer, ''],
    [waiting(target('b')), ''],
  ]);
  const { health, asked } = confirming();
  health.onStop();
  assert.equal(text(health.onAttempt(said(403, asked, { isProbe: true }))), '');
});
