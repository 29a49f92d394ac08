import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { GitError } from '@crates-mirror/git';
import type { Logger } from '@crates-mirror/logging';
import { parseOptions } from '../command/command-line.ts';
import { retrying } from './retrying.ts';

const { backoff } = parseOptions(['--index-only']);
const START = Date.parse('2030-01-01T00:00:00Z');

function isGone(): never {
  throw new GitError('git_network', 'git fetch says: could not resolve host', '');
}

/** Retries with a clock that jumps ahead to each attempt. */
async function retryOnFakeClock(
  t: TestContext,
  attempt: () => Promise<void>,
): Promise<{ readonly times: number[]; readonly warnings: string[]; readonly error: unknown }> {
  t.mock.timers.enable({ apis: ['Date'], now: START });
  t.mock.method(Math, 'random', () => 0.5);
  const times: number[] = [];
  const warnings: string[] = [];
  const logger = { warn: (text: string) => void warnings.push(text) } as unknown as Logger;
  const error = await retrying(
    { backoff, logger, signal: new AbortController().signal },
    async () => {
      times.push(Date.now() - START);
      await attempt();
    },
    async (ms) => t.mock.timers.setTime(Date.now() + ms),
  ).catch((reason: unknown) => reason);
  return { times, warnings, error };
}

test('attempts are spread over minutes, and each wait is reported with the time of the next attempt', async (t) => {
  const { times, warnings, error } = await retryOnFakeClock(t, async () => isGone());
  assert.ok(error instanceof GitError);
  assert.equal(times.length, 1 + backoff.retries);
  assert.equal(warnings.length, backoff.retries);
  assert.match(
    warnings[0] ?? '',
    /^git fetch says: could not resolve host; trying again in 2\.5s, at 2030-01-01T00:00:02Z \(1 of 8\)$/,
  );
  assert.ok((times.at(-1) ?? 0) > 3 * 60_000, `the last attempt comes after ${times.at(-1)} ms`);
});

test('an outage of two minutes is outlasted', async (t) => {
  const { error } = await retryOnFakeClock(t, async () => {
    if (Date.now() - START < 2 * 60_000) isGone();
  });
  assert.equal(error, undefined);
});

test('a failure that is not the network’s is not retried', async (t) => {
  const { times } = await retryOnFakeClock(t, async () => {
    throw new GitError('git_refused', 'no', '');
  });
  assert.deepEqual(times, [0]);
});

test('a signal ends a wait', async () => {
  const shutdown = new AbortController();
  const logger = { warn: () => shutdown.abort(new Error('SIGTERM')) } as unknown as Logger;
  const waiting = retrying({ backoff, logger, signal: shutdown.signal }, async () => isGone());
  await assert.rejects(waiting, { name: 'AbortError' });
});
