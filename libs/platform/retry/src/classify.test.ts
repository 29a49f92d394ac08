import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyStatus, type FailureKind, isTransient, isUnreachable, type StatusClass } from './index.ts';

test('statuses by class', () => {
  const table: Record<StatusClass, number[]> = {
    success: [200],
    redirect: [301, 302, 303, 307, 308],
    missing: [403, 404, 410, 451],
    transient: [408, 425, 429, 500, 501, 502, 503, 504, 520, 599],
    refused: [100, 201, 204, 206, 300, 304, 400, 401, 402, 405, 406, 416, 418, 431, 600, 999],
  };
  for (const [expected, statuses] of Object.entries(table)) {
    for (const status of statuses) assert.equal(classifyStatus(status), expected, String(status));
  }
});

test('transient failures are retried, and nothing else', () => {
  const table: [FailureKind, number | undefined, boolean][] = [
    ['connect', undefined, true],
    ['tls', undefined, true],
    ['timeout', undefined, true],
    ['connection_lost', undefined, true],
    ['truncated', undefined, true],
    ['overlong', undefined, true],
    ['checksum_mismatch', undefined, true],
    ['redirect', undefined, false],
    ['request', undefined, false],
    ['http_status', 503, true],
    ['http_status', 429, true],
    ['http_status', 404, false],
    ['http_status', 400, false],
    ['http_status', undefined, false],
  ];
  for (const [kind, status, expected] of table)
    assert.equal(isTransient(kind, status), expected, `${kind} ${status}`);
});

test('only connection failures speak of the server rather than the file', () => {
  assert.equal(isUnreachable('connect'), true);
  assert.equal(isUnreachable('tls'), true);
  assert.equal(isUnreachable('timeout'), false);
  assert.equal(isUnreachable('http_status'), false);
});
