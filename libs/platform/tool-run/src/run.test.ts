import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Run, withRun } from './index.ts';

const OPTIONS = {
  tool: 'tool',
  logFormat: 'json',
  logLevel: 'error',
  progressInterval: 0,
  progressEvery: 0,
} as const;

function listening(): number {
  return process.listenerCount('SIGINT') + process.listenerCount('SIGTERM');
}

function openAll(run: Run, order: string[]): void {
  const progress = run.progress(() => ({
    processed: 0,
    total: 0,
    totalIsExact: true,
    ok: 0,
    errors: 0,
    retries: undefined,
    bytes: undefined,
  }));
  const stop = progress.stop.bind(progress);
  progress.stop = () => {
    order.push('progress');
    stop();
  };
  run.defer(() => void order.push('opened first'));
  run.defer(async () => void order.push('opened last'));
}

test('progress is closed first, then what was opened, the last first', async () => {
  const order: string[] = [];
  const result = await withRun(OPTIONS, (run) => {
    openAll(run, order);
    return 7;
  });
  assert.equal(result, 7);
  assert.deepEqual(order, ['progress', 'opened last', 'opened first']);
});

test('all is closed when the run fails, and when closing does: the error of the run is the one that is reported', async () => {
  const order: string[] = [];
  const failing = (error: Error | undefined) => (run: Run) => {
    run.defer(() => void order.push('closed'));
    run.defer(() => {
      throw new Error('closing');
    });
    if (error !== undefined) throw error;
  };
  await assert.rejects(withRun(OPTIONS, failing(new Error('running'))), /^Error: running$/);
  await assert.rejects(withRun(OPTIONS, failing(undefined)), /^Error: closing$/);
  assert.deepEqual(order, ['closed', 'closed']);
});

test('signals are heard after a run, too, and announced no more; the next run takes over', async (t) => {
  const before = listening();
  const signals: string[] = [];
  let last: Run | undefined;
  const isStopped = (): Promise<boolean> =>
    withRun(OPTIONS, (run) => {
      last = run;
      const requested = run.listen((signal) => void signals.push(signal));
      process.emit('SIGTERM', 'SIGTERM');
      return requested.aborted;
    });
  t.after(() => last?.stopListening());
  assert.equal(await isStopped(), true);
  process.emit('SIGINT', 'SIGINT');
  assert.deepEqual(signals, ['SIGTERM']);
  assert.equal(await isStopped(), true);
  assert.deepEqual([signals, listening() - before], [['SIGTERM', 'SIGTERM'], 2]);
});
