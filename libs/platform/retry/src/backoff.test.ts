import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { fullJitterDelay, MAX_RETRY_AFTER_MS, parseRetryAfter, retryDelay } from './backoff.ts';

const policy = { retries: 3, baseMs: 250, maxMs: 5000 };

test('the ceiling doubles with every retry up to the maximum', () => {
  const ceilings = [1, 2, 3, 4, 5, 6, 40].map((retry) => fullJitterDelay(retry, policy, () => 1));
  assert.deepEqual(ceilings, [250, 500, 1000, 2000, 4000, 5000, 5000]);
});

test('the delay is anywhere between nothing and the ceiling', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), (retry, r) => {
      const delay = fullJitterDelay(retry, policy, () => r);
      return delay >= 0 && delay <= policy.maxMs;
    }),
  );
});

test('Retry-After is read as seconds or as a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const cases: [string | undefined, number | undefined][] = [
    [undefined, undefined],
    ['0', 0],
    ['7', 7000],
    [' 2 ', 2000],
    ['Thu, 01 Jan 2026 00:00:30 GMT', 30_000],
    ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
    ['86400', MAX_RETRY_AFTER_MS],
    ['-1', undefined],
    ['soon', undefined],
    ['1.5', undefined],
    ['', undefined],
  ];
  for (const [value, expected] of cases) assert.equal(parseRetryAfter(value, now), expected, String(value));
});

test('a date without a time zone is GMT here as everywhere', () => {
  const script = `
    const { parseRetryAfter } = await import(${JSON.stringify(new URL('./backoff.ts', import.meta.url).href)});
    process.stdout.write(String(parseRetryAfter('Thu Jan  1 00:00:30 2026', Date.parse('2026-01-01T00:00:00Z'))));
  `;
  for (const TZ of ['UTC', 'America/New_York', 'Asia/Tokyo']) {
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { ...process.env, TZ },
    });
    assert.equal(stdout, '30000', TZ);
  }
});

test('a server that asks for more patience than the backoff gets it', () => {
  assert.equal(
    retryDelay(1, policy, 3000, () => 1),
    3000,
  );
  assert.equal(
    retryDelay(1, policy, 100, () => 1),
    250,
  );
  assert.equal(
    retryDelay(1, policy, undefined, () => 0.5),
    125,
  );
});
