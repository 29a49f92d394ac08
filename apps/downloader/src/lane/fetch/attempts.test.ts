import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GetFailure } from '@crates-mirror/http-client';
import type { FailureKind } from '@crates-mirror/retry';
import { target } from '../lane-in-test.ts';
import type { Target } from '../target.ts';
import type { CrateBody } from './crate-body.ts';
import { countRetry, mayRetry } from './retry-budget.ts';
import { judge } from './verdict.ts';

const SUM = 'a'.repeat(64);

const wanted = (): Target => target('serde', { sha256: SUM });

function body(sha256: string, hasLength = true): CrateBody {
  return { hasLength, size: 12, digest: () => sha256, read: () => undefined } as unknown as CrateBody;
}

function failure(kind: FailureKind | 'sink', status?: number): GetFailure {
  const shared = {
    ok: false,
    code: `code_${kind}`,
    message: 'm',
    bytes: 0,
    hasAnswered: false,
    cause: 'disk',
  } as const;
  return { ...shared, kind, status, retryAfterMs: undefined };
}

test('what an attempt comes to', () => {
  const whole = { ok: true, bytes: 12 } as const;
  const other = 'b'.repeat(64);
  const table: [string, ReturnType<typeof judge>, Record<string, unknown>][] = [
    ['right', judge(wanted(), body(SUM), whole), { kind: 'ok', sha256: SUM }],
    [
      'wrong',
      judge(wanted(), body(other), whole),
      {
        kind: 'checksum_mismatch',
        error: {
          code: 'checksum_mismatch',
          message: `SHA-256 is ${other}, expected ${SUM} (12 bytes received)`,
        },
      },
    ],
    ['no length', judge(target('serde'), body(SUM), whole), { kind: 'ok', sha256: SUM }],
    ['full disk', judge(wanted(), body(SUM), failure('sink')), { kind: 'sink', cause: 'disk' }],
    [
      'gone',
      judge(wanted(), body(SUM), failure('http_status', 403)),
      { kind: 'missing_upstream', error: { code: 'code_http_status', message: 'm' }, status: 403 },
    ],
    [
      'busy',
      judge(wanted(), body(SUM), failure('http_status', 503)),
      {
        kind: 'http_status',
        error: { code: 'code_http_status', message: 'm' },
        status: 503,
        retryAfterMs: undefined,
      },
    ],
  ];
  for (const [name, verdict, expected] of table) assert.deepEqual(verdict, expected, name);
  const unknown = judge(target('serde'), body(SUM, false), whole);
  assert.equal(unknown.kind, 'unverifiable');
});

test('lost connections have five times the budget of other failures, and each its own', () => {
  const backoff = { retries: 2, baseMs: 0, maxMs: 0 };
  const spend = (one: Target, kind: FailureKind): number => {
    let retries = 0;
    for (; mayRetry(one, { kind, status: 503 }, backoff); retries += 1) countRetry(one, { kind }, backoff);
    return retries;
  };
  const one = wanted();
  assert.deepEqual(
    [spend(one, 'connection_lost'), spend(one, 'timeout'), spend(one, 'http_status')],
    [10, 2, 0],
  );
  assert.deepEqual([one.retries, one.lostConnections], [12, 10]);
  assert.equal(mayRetry(wanted(), { kind: 'redirect' }, backoff), false);
  assert.equal(mayRetry(wanted(), { kind: 'http_status', status: 400 }, backoff), false);
});
