import assert from 'node:assert/strict';
import { test } from 'node:test';
import { target } from '../lane-in-test.ts';
import { isRejected, isRetryable, troubleOf } from './attempt.ts';
import type { Verdict } from './verdict.ts';

const error = { code: 'c', message: 'no route' };
const rejection = (status: number | undefined): Verdict => ({ kind: 'http_status', error, status });
const missing = (status: number): Verdict => ({ kind: 'missing_upstream', error, status });

test('a rejection is an answer that is neither the file nor "missing"; some may be otherwise later', () => {
  const table: [Verdict, boolean, boolean][] = [
    [{ kind: 'ok', sha256: 'a' }, false, false],
    [missing(404), false, false],
    [{ kind: 'timeout', error, status: 503 }, false, false],
    [rejection(503), true, true],
    [rejection(429), true, true],
    [rejection(401), true, false],
    [rejection(undefined), true, false],
  ];
  for (const [verdict, ...expected] of table)
    assert.deepEqual([isRejected(verdict), isRetryable(verdict)], expected, JSON.stringify(verdict));
});

test('messages say how an upstream fails, and what to do about it', () => {
  const trouble = (verdict: Verdict): [string, string] => {
    const attempt = { target: target('a'), verdict, isProbe: false, hasAnswered: true, since: 0, endedAt: 1 };
    const { message, hint } = troubleOf(attempt);
    return [message, hint.slice(0, 15)];
  };
  const x = 'https://x.example';
  const [network, letIn, busy] = ['Check the netwo', 'Find out whethe', 'Wait or give a '];
  const table: [Verdict, string, string | undefined][] = [
    [missing(403), `${x} answers 403 Forbidden for files that it has`, letIn],
    [missing(799), `${x} answers 799 for files that it has`, letIn],
    [rejection(401), `${x} answers 401 Unauthorized to everything`, letIn],
    [rejection(503), `${x} answers 503 Service Unavailable to everything`, busy],
    [{ kind: 'connect', error }, `${x} cannot be reached: no route`, network],
    [{ kind: 'tls', error }, `${x} cannot be reached: no route`, network],
    [{ kind: 'connection_lost', error }, `${x} cannot be reached: no route`, network],
    [{ kind: 'checksum_mismatch', error }, `${x} serves nothing usable: no route`, network],
    [{ kind: 'withdrawn' }, `${x} serves nothing usable: withdrawn`, network],
  ];
  for (const [verdict, ...expected] of table) assert.deepEqual(trouble(verdict), expected);
});
