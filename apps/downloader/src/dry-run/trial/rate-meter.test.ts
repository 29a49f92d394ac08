import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RateMeter } from './rate-meter.ts';
import { runTime } from './run-time.ts';

const none = { files: 0, missing: 0, failed: 0, bytes: 0 };

test('the rate is that of the later part, without the beginning and the tail', () => {
  const meter = new RateMeter(1000);
  meter.begin(1000);
  meter.begin(1100);
  // Connections are established, then the rate rises; the last files trickle in.
  meter.add({ ...none, files: 10, bytes: 10_000 }, 1500);
  meter.add({ ...none, files: 90, bytes: 90_000 }, 2000);
  for (let ms = 2100; ms <= 2500; ms += 100) meter.add({ ...none, files: 150, bytes: 150_000 }, ms);
  meter.add({ ...none, files: 150, bytes: 150_000 }, 9000);
  const rate = meter.rate;
  assert.deepEqual([rate?.files, rate?.bytes, rate?.ms], [1000, 1_000_000, 8000]);
  assert.equal(rate?.filesPerSecond, 1500);
  assert.equal(rate?.bytesPerSecond, 1_500_000);
});

test('a few files count from the start, missing and failed ones take their time too', () => {
  const meter = new RateMeter(4);
  meter.begin(0);
  meter.add({ files: 2, missing: 1, failed: 1, bytes: 3000 }, 500);
  assert.deepEqual(meter.rate, {
    files: 2,
    missing: 1,
    failed: 1,
    bytes: 3000,
    ms: 500,
    bytesPerSecond: 6000,
    filesPerSecond: 8,
  });
});

test('nothing is reported where no file came, nor of what comes after the end', () => {
  const meter = new RateMeter(10);
  meter.begin(0);
  meter.add({ ...none, missing: 3 }, 100);
  assert.equal(meter.rate, undefined);
  meter.end();
  meter.add({ ...none, files: 3, bytes: 1 }, 200);
  assert.equal(meter.rate, undefined);
});

test('a run takes as long as its files, or its bytes, whichever takes longer', () => {
  const rate = {
    files: 1,
    missing: 0,
    failed: 0,
    bytes: 1,
    ms: 1,
    bytesPerSecond: 1000,
    filesPerSecond: 10,
  };
  assert.deepEqual(runTime(rate, { bytes: 5000, low: 1000, high: 9000 }, 20), {
    ms: 5000,
    low: 2000,
    high: 9000,
  });
});
