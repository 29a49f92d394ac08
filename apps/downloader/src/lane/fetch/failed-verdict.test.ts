import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GetFailure } from '@crates-mirror/http-client';
import { target } from '../lane-in-test.ts';
import { BodyMemory } from './body-memory.ts';
import { CrateBody, TooLarge } from './crate-body.ts';
import { judge, type Verdict } from './verdict.ts';

const FAILURE: GetFailure = {
  ok: false,
  kind: 'connection_lost',
  code: 'ECONNRESET',
  message: 'read ECONNRESET',
  status: undefined,
  retryAfterMs: undefined,
  bytes: 0,
  hasAnswered: false,
  cause: undefined,
};
const ERROR = { code: FAILURE.code, message: FAILURE.message };
const TOO_LARGE = new TooLarge(3000, 2000);
const DISK_FULL = new Error('no space left on device');

/** What differs from a lost connection, and the verdict on it. */
const CASES: readonly (readonly [Partial<GetFailure>, Verdict])[] = [
  [{}, { kind: 'connection_lost', error: ERROR, status: undefined, retryAfterMs: undefined }],
  [{ kind: 'connect' }, { kind: 'connect', error: ERROR, status: undefined, retryAfterMs: undefined }],
  [
    { kind: 'http_status', status: 503, retryAfterMs: 7000 },
    { kind: 'http_status', error: ERROR, status: 503, retryAfterMs: 7000 },
  ],
  [
    { kind: 'http_status', status: 401 },
    { kind: 'http_status', error: ERROR, status: 401, retryAfterMs: undefined },
  ],
  // The type allows for one, and it does not say that the file is missing.
  [
    { kind: 'http_status' },
    { kind: 'http_status', error: ERROR, status: undefined, retryAfterMs: undefined },
  ],
  ...[403, 404, 410, 451].map(
    (status) =>
      [
        { kind: 'http_status', status },
        { kind: 'missing_upstream', error: ERROR, status },
      ] as const,
  ),
  // Other failures carry a status, too: the file is missing only where it is the failure.
  [
    { kind: 'redirect', status: 404 },
    { kind: 'redirect', error: ERROR, status: 404, retryAfterMs: undefined },
  ],
  [
    { kind: 'sink', cause: DISK_FULL },
    { kind: 'sink', cause: DISK_FULL },
  ],
  [
    { kind: 'sink', cause: TOO_LARGE },
    { kind: 'too_large', size: 3000, error: { code: 'too_large', message: TOO_LARGE.message } },
  ],
  [{ kind: 'withdrawn' }, { kind: 'withdrawn' }],
];

for (const [different, verdict] of CASES) {
  const { kind, status, cause } = different;
  const name = [kind ?? FAILURE.kind, status, cause instanceof Error ? cause.message : undefined];
  test(`a request that fails: ${name.filter((part) => part !== undefined).join(' ')}`, () => {
    const body = new CrateBody('/nowhere', new BodyMemory());
    assert.deepEqual(judge(target('serde'), body, { ...FAILURE, ...different }), verdict);
  });
}
