import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noCounts } from '../lane/report/completed-batch.ts';
import { Meter } from '../lane/report/meter.ts';
import type { Plan } from '../plan/work.ts';
import { Tally } from '../report/tally.ts';
import { RunMetrics } from './run-metrics.ts';

test('a file that was only asked for to see whether it comes is an attempt that went well, and no download', async () => {
  const tally = new Tally({ total: 1 } as Plan, 1);
  const source = {
    layout: 'cargo',
    maxConnections: 64,
    indexTimestamp: undefined,
    lastSuccess: undefined,
    oldestVerification: undefined,
  };
  const metrics = new RunMetrics({ tally, ...source });
  const meter = new Meter();
  for (const [kind, bytes] of [
    ['ok', 100],
    ['probe', 7],
  ] as const)
    meter.endAttempt({ startedAt: meter.startAttempt(), kind, status: 200, bytes });
  metrics.add({
    records: new Uint8Array(),
    counts: { ...noCounts(), resumed: 1, resumedBytes: 5000 },
    found: 0,
    units: 0,
    failures: [],
    problems: [],
    damaged: [],
    resumed: [],
    metered: meter.take(),
    learntSizes: '',
    retryLines: '',
  });
  const text = await metrics.registry.metrics();
  for (const line of [
    'crates_download_requests_total{status="ok",code="200"} 2',
    'crates_download_bytes_total 100',
    'crates_mirror_attempt_bytes_total{outcome="probe"} 7',
    'crates_mirror_resumed_bodies_total 1',
    'crates_mirror_resumed_bytes_total 5000',
  ])
    assert.ok(text.split('\n').includes(line), `${line}\n${text}`);
});

test('a run that waits for its upstream shows in its metrics', async () => {
  const tally = new Tally({ total: 1 } as Plan, 1);
  const source = {
    layout: 'cargo',
    maxConnections: 64,
    indexTimestamp: undefined,
    lastSuccess: undefined,
    oldestVerification: undefined,
  };
  const { registry } = new RunMetrics({ tally, ...source });
  const circuit = async (): Promise<string | undefined> =>
    /^crates_mirror_upstream_circuit (.*)$/m.exec(await registry.metrics())?.[1];
  const origin = 'https://x.example';
  assert.equal(await circuit(), '0');
  tally.upstream.note({ type: 'opened', origin, cause: 'busy', trouble: 't' });
  assert.equal(await circuit(), '2');
  tally.upstream.note({ type: 'half_opened', origin });
  assert.equal(await circuit(), '1');
  tally.upstream.note({ type: 'closed', origin, cause: 'busy', lastedMs: 1 });
  assert.equal(await circuit(), '0');
});
