import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { noObservations, observe } from './histogram.ts';
import { BatchHistogram, createRegistry } from './index.ts';

test('promtool accepts the metrics of Node.js', async (t) => {
  if (spawnSync('promtool', ['--version']).error !== undefined) {
    t.skip('promtool is not installed');
    return;
  }
  const text = await createRegistry().metrics();
  assert.match(text, /^nodejs_eventloop_lag_seconds /m);
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
  });
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
});

test('observations counted elsewhere make the histogram that prom-client makes of them one by one', async () => {
  const bounds = [0.01, 0.1, 1];
  const config = { name: 'seconds', help: 'Time.' };
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 2000 })), async (thousandths) => {
      const peer = new Registry();
      const theirs = new Histogram({ ...config, buckets: bounds, registers: [peer] });
      const registry = new Registry();
      const ours = new BatchHistogram({ ...config, bounds, registry });
      const [first, second] = [noObservations(bounds), noObservations(bounds)];
      for (const [i, value] of thousandths.entries()) {
        theirs.observe(value);
        observe(i % 2 === 0 ? first : second, bounds, value);
      }
      ours.add(first);
      ours.add(second);
      assert.equal(await registry.metrics(), await peer.metrics());
    }),
  );
});
