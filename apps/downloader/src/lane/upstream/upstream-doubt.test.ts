import assert from 'node:assert/strict';
import { test } from 'node:test';
import { target } from '../lane-in-test.ts';
import type { Target } from '../target.ts';
import {
  attempt,
  BACKOFF,
  came,
  elsewhere,
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
  text,
  timer,
  waiting,
} from './health-in-test.ts';
import { UpstreamHealth } from './upstream-health.ts';

test('files that are in place are looked for only where that decides something', () => {
  let looks = 0;
  const health = new UpstreamHealth({
    concurrency: 4,
    backoff: BACKOFF,
    knownFiles: () => {
      looks += 1;
      return [];
    },
  });
  const looked = (...inputs: Step[0][]): number => {
    const before = looks;
    for (const input of inputs) input(health);
    return looks - before;
  };
  assert.equal(looked(ready, idle, attempt(said(401, 'a')), attempt(said(404, 'm'))), 0);
  assert.equal(looked(...rejected(503, MANY).map(([input]) => input)), 0, 'busy');
  assert.equal(looked(timer), 1, 'none is known');
  assert.equal(looked(attempt(came('back')), waiting(undefined), idle), 0, 'one has come');
  const held3 = ['x', 'y', 'z'].map((name) => held(target(name, { origin: 'https://y.example' })));
  assert.equal(looked(...held3, attempt(said(404, target('n', { origin: 'https://y.example' }))), idle), 0);
  assert.equal(looked(attempt(silent('connect', 'b', { endedAt: 5000 })), timer), 0, 'any target will do');
});

test('an origin whose files come, or that has been judged, is given the benefit of the doubt anew', () => {
  const health = run([[held(probe('a')), ''], [held(probe('b')), ''], ...missing(1)]);
  const refuseNext = (): string => {
    const [asked] = health.onIdle();
    assert.equal(asked?.type, 'probe');
    const { target } = asked as { target: Target };
    return text(health.onAttempt(said(404, target, { isProbe: true })));
  };
  assert.equal(refuseNext(), '');
  health.onAttempt(came(target('other', { origin: 'https://other.example' })));
  assert.deepEqual([refuseNext(), refuseNext()], ['', 'complete m0 error']);
  health.onAttempt(said(404, 'm1'));
  assert.deepEqual([refuseNext(), refuseNext()], ['', 'complete m1 error']);
});

test('what is unconfirmed waits while the circuit is open, unless nothing else is left', () => {
  const known = [{ target: target('known'), sha256: SHA256 }];
  run(
    [
      ...missing(64),
      [attempt(silent('connect', 'b', { endedAt: 1002 })), 'hold b, report opened, wait 1', 'open'],
      [ready, '', 'open'],
      [idle, 'probe known', 'open'],
    ],
    known,
  );
});

test('a file that came to another lane ends a row of rejections', () => {
  run([...rejected(503, MANY - 1), [elsewhere(target('e')), ''], [attempt(said(503, 'b')), 'retry b']]);
});
