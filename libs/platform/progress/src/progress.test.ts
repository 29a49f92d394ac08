import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, StatusLine } from '@crates-mirror/logging';
import fc from 'fast-check';
import { renderBar } from './bar.ts';
import {
  exactDuration,
  formatBytes,
  formatCount,
  formatDuration,
  Progress,
  type ProgressSnapshot,
} from './index.ts';
import { RateMeter, timeLeft } from './rate.ts';

const base: ProgressSnapshot = {
  processed: 1234,
  total: 5000,
  totalIsExact: true,
  ok: 1230,
  errors: 4,
  retries: 7,
  bytes: 45_600_000,
};

test('numbers as people read them', () => {
  assert.deepEqual([0, 999, 1000, 1234567].map(formatCount), ['0', '999', '1,000', '1,234,567']);
  assert.deepEqual([0, 999, 1000, 9994, 99_950, 999_499, 999_500, 1.5e9, 4.2e14].map(formatBytes), [
    '0 B',
    '999 B',
    '1.00 kB',
    '9.99 kB',
    '100 kB',
    '999 kB',
    '1.00 MB',
    '1.50 GB',
    '420 TB',
  ]);
  assert.deepEqual(
    [0, 250, 999.4, 999.5, 1230, 9949, 9951, 59_949, 59_951, 65_000, 3_599_000, 3_600_000, 93_784_000].map(
      formatDuration,
    ),
    [
      '0ms',
      '250ms',
      '999ms',
      '1.0s',
      '1.2s',
      '9.9s',
      '10s',
      '60s',
      '1m 00s',
      '1m 05s',
      '59m 59s',
      '1h 00m',
      '1d 2h',
    ],
  );
  assert.deepEqual([0, 250, 1500, 90_000, 7_200_000].map(exactDuration), [
    '0ms',
    '250ms',
    '1500ms',
    '1m30s',
    '2h',
  ]);
});

test('the bar shows the limits that are in force, where there is room', () => {
  const limited = { ...base, concurrency: 64, connectionsLimit: 2, bytesLimit: 50e6, waitingFor: '22:00' };
  const bar = renderBar(limited, { items: 0, bytes: 0 }, 200);
  assert.match(bar, / {2}64 at once {2}2 connections {2}at most 50\.0 MB\/s {2}waiting for 22:00$/);
  assert.doesNotMatch(renderBar(limited, { items: 0, bytes: 0 }, 100), /connections|at most/);
});

test('the bar shows everything where there is room', () => {
  assert.equal(
    renderBar(base, { items: 100, bytes: 2_000_000 }, 140),
    `[#######.......................] 24%  1,234/5,000 files  45.6 MB  2.00 MB/s  100 files/s  4 failed  7 retries  ETA 38s`,
  );
  assert.match(
    renderBar({ ...base, totalIsExact: false }, { items: 100, bytes: 0 }, 140),
    /~5,000 files.*ETA ~38s$/,
  );
  assert.equal(
    renderBar({ ...base, total: undefined }, { items: 0, bytes: 0 }, 140),
    '1,234 files  45.6 MB  0 B/s  0 files/s  4 failed  7 retries',
  );
});

test('while an upstream is waited for, the bar says so instead of guessing how long it takes', () => {
  const waiting = { ...base, waitingFor: 'https://x.example' };
  assert.equal(
    renderBar(waiting, { items: 0, bytes: 0 }, 140),
    '[#######.......................] 24%  1,234/5,000 files  45.6 MB  0 B/s  0 files/s  4 failed  7 retries  waiting for https://x.example',
  );
  assert.match(renderBar(waiting, { items: 100, bytes: 0 }, 79), / 24% .* waiting for https:\/\/x\.example$/);
});

test('where the bytes there are is known, they say how far it is', () => {
  const rates = { items: 100, bytes: 2_000_000 };
  assert.equal(
    renderBar({ ...base, retries: undefined, totalBytes: 50_000_000 }, rates, 140),
    '[###########################...] 91%  1,234/5,000 files  45.6 MB  2.00 MB/s  100 files/s  4 failed  ETA 2.2s',
  );
  assert.equal(timeLeft({ ...base, totalBytes: 40_000_000 }, rates), 0);
  assert.equal(timeLeft({ ...base, totalBytes: 50_000_000 }, { items: 100, bytes: 0 }), 37_660);
});

test('at 80 columns the bar itself and what matters most are left', () => {
  assert.equal(
    renderBar(base, { items: 100, bytes: 2_000_000 }, 79),
    '[##.........] 24%  1,234/5,000 files  2.00 MB/s  100 files/s  4 failed  ETA 38s',
  );
});

test('where there is room for a bar or for the rate of bytes, the rate it is', () => {
  const millions = { ...base, processed: 1_234_567, total: 2_028_543, totalIsExact: false };
  assert.equal(
    renderBar(millions, { items: 3100, bytes: 123_000_000 }, 79),
    '60%  1,234,567/~2,028,543 files  123 MB/s  3,100 files/s  4 failed  ETA ~4m 16s',
  );
});

test('the bar never exceeds its width and always says how far it is', () => {
  fc.assert(
    fc.property(fc.integer({ min: 30, max: 200 }), fc.nat(3e6), fc.nat(3e6), (width, processed, total) => {
      const line = renderBar({ ...base, processed, total }, { items: 9999, bytes: 1e9 }, width);
      assert.ok(line.length <= width, line);
      assert.match(line, /\d%/);
    }),
  );
});

test('rates follow the last seconds, and the time left follows the rates', () => {
  const meter = new RateMeter(0, 10_000);
  meter.measure({ ...base, processed: 1000, bytes: 0 }, 10_000);
  const rates = meter.measure({ ...base, processed: 1100, bytes: 5000 }, 20_000);
  assert.deepEqual(rates, { items: 10, bytes: 500 });
  assert.equal(timeLeft({ ...base, processed: 1100, total: 1200 }, rates), 10_000);
  assert.equal(timeLeft({ ...base, total: undefined }, rates), undefined);
  assert.equal(timeLeft(base, { items: 0, bytes: 0 }), undefined);
});

test('a line has all known figures, by machine-readable names', () => {
  const fieldsOf = (known: ProgressSnapshot): string[] => {
    let line = '';
    const status = new StatusLine({ isTTY: false, write: (text) => (line += text) });
    const logger = createLogger({ tool: 't', format: 'json', level: 'info', output: status });
    const snapshot = (): ProgressSnapshot => known;
    new Progress({ status, logger, intervalMs: 0, every: 1, snapshot }).advanced();
    return Object.keys(JSON.parse(line)).filter((name) => !['level', 'time', 'tool', 'msg'].includes(name));
  };
  const always = ['done', 'ok', 'err', 'files_per_s'];
  assert.deepEqual(
    new Set(fieldsOf(base)),
    new Set([...always, 'total', 'total_is_exact', 'retries', 'bytes', 'bytes_per_s', 'eta']),
  );
  assert.ok(fieldsOf({ ...base, waitingFor: 'https://x.example' }).includes('waiting_for'));
  const little = { ...base, total: undefined, retries: undefined, bytes: undefined };
  assert.deepEqual(new Set(fieldsOf(little)), new Set(always));
});

test('a line every so many items, and by the clock; none of it on a pipe unless asked for', async () => {
  const written: string[] = [];
  const status = new StatusLine({ isTTY: false, write: (text) => written.push(text) });
  const logger = createLogger({ tool: 't', format: 'json', level: 'info', output: status });
  let processed = 0;
  const snapshot = (): ProgressSnapshot => ({ ...base, processed });
  const every = new Progress({ status, logger, intervalMs: 0, every: 500, snapshot });
  every.start();
  for (processed of [499, 500, 700, 1700, 1999, 2000]) every.advanced();
  every.stop();
  assert.deepEqual(
    written.map((line) => JSON.parse(line).done),
    [500, 1700, 2000],
  );

  written.length = 0;
  const clock = new Progress({ status, logger, intervalMs: 20, every: 0, snapshot });
  clock.start();
  while (written.length < 2) await sleep(5);
  clock.stop();
  const count = written.length;
  await sleep(60);
  assert.equal(written.length, count);
});
