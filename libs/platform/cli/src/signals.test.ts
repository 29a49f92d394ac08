import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listenForShutdown, shutdownSignals } from './index.ts';

test('signals in one burst are one request, a later one ends the process at once', (t) => {
  let now = performance.now();
  t.mock.method(performance, 'now', () => now);
  const exit = t.mock.method(process, 'exit', () => {
    throw new Error('the process ends here');
  });
  const heard: string[] = [];
  const shutdown = listenForShutdown(
    (signal) => heard.push(signal),
    () => heard.push('at once'),
  );
  t.after(() => shutdown.dispose());
  process.emit('SIGINT', 'SIGINT');
  process.emit('SIGINT', 'SIGINT');
  process.emit('SIGTERM', 'SIGTERM');
  assert.deepEqual(heard, ['SIGINT']);
  assert.equal(shutdown.requested.aborted, true);
  assert.equal(exit.mock.callCount(), 0);
  now += 250;
  assert.throws(() => process.emit('SIGINT', 'SIGINT'), /ends here/);
  assert.deepEqual(heard, ['SIGINT', 'at once']);
  assert.deepEqual(exit.mock.calls[0]?.arguments, [130]);
});

test('a console of Windows that closes, and its Ctrl-Break, ask for a stop; elsewhere a hangup is no such request', () => {
  assert.deepEqual(shutdownSignals('win32'), ['SIGINT', 'SIGTERM', 'SIGBREAK', 'SIGHUP']);
  assert.deepEqual(shutdownSignals('linux'), ['SIGINT', 'SIGTERM']);
});
