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
} from './health-in-test.ts';
import type { KnownFile } from './probes.ts';
import { UpstreamHealth } from './upstream-health.ts';

/** Counts how often these steps search for files in place; none is found. */
function looks(before: readonly Step[0][], ...inputs: Step[0][]): number {
  let count = 0;
  const knownFiles = (): KnownFile[] => {
    count += 1;
    return [];
  };
  const health = new UpstreamHealth({ concurrency: 4, backoff: BACKOFF, knownFiles });
  for (const input of before) input(health);
  count = 0;
  for (const input of inputs) input(health);
  return count;
}

test('files that are in place are looked for only where that decides something', () => {
  const busy = rejected(503, MANY).map(([input]) => input);
  const isGone = attempt(silent('connect', 'b', { endedAt: 5000 }));
  const isMissing = attempt(said(404, 'm'));
  const three = ['x', 'y', 'z'].map((name) => held(target(name)));
  assert.equal(looks([], ready, idle, attempt(said(401, 'a')), isMissing, ready), 0, 'nothing is in doubt');
  assert.equal(looks([], ...busy), 0, 'a rejection for now');
  assert.equal(looks(busy, timer), 1, 'a probe is needed, and none is known');
  assert.equal(looks([attempt(came('a')), ...busy], timer), 0, 'a file has come');
  assert.equal(looks([attempt(came('a')), isGone], timer), 0, 'any target will do');
  assert.equal(looks([isMissing], idle), 1, 'no file is known');
  assert.equal(looks([isMissing, ...three.slice(1)], idle), 1, 'too few are known');
  assert.equal(looks([isMissing, ...three], idle), 0, 'three are known');
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

test('unconfirmed files wait while the circuit is open, unless nothing else is left', () => {
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
