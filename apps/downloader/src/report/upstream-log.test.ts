import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger, StatusLine } from '@crates-mirror/logging';
import { UpstreamLog } from './upstream-log.ts';

test('why a run stands still is reported once a minute', () => {
  let text = '';
  const output = new StatusLine({ isTTY: false, write: (more) => (text += more) });
  const log = new UpstreamLog(createLogger({ tool: 't', format: 'json', level: 'info', output }));
  const request = { type: 'asked_to_wait', origin: 'https://x.example', status: 429, ms: 300_000 } as const;
  for (const now of [0, 1000, 59_999, 60_000]) log.note(request, now);
  const messages = text
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { msg: string }).msg);
  const message =
    'https://x.example asks to wait 5m 00s (HTTP status 429 with Retry-After): what it refused is asked for then';
  assert.deepEqual(messages, [message, message]);
});

test('a run that waits for its upstream says why, and that it is back; probes and a stop are no news', () => {
  let text = '';
  const output = new StatusLine({ isTTY: false, write: (more) => (text += more) });
  const log = new UpstreamLog(createLogger({ tool: 't', format: 'text', level: 'info', output }));
  const origin = 'https://x.example';
  const lastedMs = 65_000;
  log.note({ type: 'opened', origin, cause: 'busy', trouble: `${origin} answers 503 to everything` });
  log.note({ type: 'half_opened', origin });
  log.note({ type: 'reopened', origin });
  log.note({ type: 'closed', origin, cause: 'refusing', lastedMs });
  log.note({ type: 'closed', origin, cause: 'unreachable', lastedMs });
  log.note({ type: 'abandoned', origin });
  log.note({ type: 'given_up', message: 'm', hint: 'h' });
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.replace(/^\S+ /, ''));
  assert.deepEqual(lines, [
    `WARN ${origin} answers 503 to everything. Waiting for it, 5m 00s at most`,
    `INFO ${origin} serves files again, after 1m 05s`,
    `INFO ${origin} answers again, after 1m 05s`,
  ]);
});
