import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { FailureLog } from './failure-log.ts';

function logOf(t: TestContext): { readonly log: FailureLog; readonly lines: string[] } {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const lines: string[] = [];
  const to =
    (level: string) =>
    (text: unknown): void =>
      void lines.push(`${level} ${text}`);
  const logger = { error: to('error'), info: to('info'), debug: to('debug') };
  return { log: new FailureLog(logger as never), lines };
}

test('many requests that fail for one reason are one line, and another one when that is over', (t) => {
  const { log, lines } = logOf(t);
  log.tell('GET /index/se/rd/serde', 'x.pack is damaged at byte 12');
  log.tell('GET /index/sy/n-/syn', 'x.pack is damaged at byte 4711');
  log.tell('GET /index/sy/n-/syn', 'the index is gone');
  t.mock.timers.tick(59_999);
  log.tell('GET /', 'x.pack is damaged at byte 12');
  t.mock.timers.tick(59_999);
  assert.deepEqual(lines, [
    'error GET /index/se/rd/serde: x.pack is damaged at byte 12',
    'debug GET /index/sy/n-/syn: x.pack is damaged at byte 4711',
    'error GET /index/sy/n-/syn: the index is gone',
    'debug GET /: x.pack is damaged at byte 12',
    'info no request has failed for a minute, after one request: the index is gone',
  ]);
  t.mock.timers.tick(1);
  log.tell('GET /', 'x.pack is damaged at byte 13');
  assert.deepEqual(lines.slice(-2), [
    'info no request has failed for a minute, after 3 requests: x.pack is damaged at byte 12',
    'error GET /: x.pack is damaged at byte 13',
  ]);
});

test('reasons beyond those that are remembered are reported each time', (t) => {
  const { log, lines } = logOf(t);
  for (let i = 0; i < 2; i++)
    for (let reason = 0; reason < 101; reason++) log.tell('GET /', `${'x'.repeat(reason)} is damaged`);
  assert.equal(lines.filter((line) => line.startsWith('error')).length, 102);
});
