import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDownloaderOptions } from '@crates-mirror/downloader-options';
import type { Plan } from '../plan/work.ts';
import { Tally } from '../report/tally.ts';
import { RunStatus } from './run-status.ts';

test('a run that waits for its upstream says so, and why, without what an address may keep secret', (t) => {
  const options = parseDownloaderOptions(['--sample', '--out', 'out']);
  const source = { kind: 'list', file: 'list' } as const;
  const tally = new Tally({ total: 1 } as Plan, 1);
  const status = new RunStatus(tally, { ...options, source });
  t.after(() => status.end('done'));
  const shown = (): unknown[] => {
    const { state, tone, summary } = status.page();
    return [state, tone, /processed in \S+\.(.*)$/.exec(summary)?.[1], status.json()['upstream_circuit']];
  };
  assert.deepEqual(shown(), ['Running', 'busy', '', 'closed']);
  const origin = 'https://x.example';
  tally.upstream.note({ type: 'opened', origin, cause: 'unreachable', trouble: `${origin}/a?key=1 is gone` });
  assert.deepEqual(shown(), ['Waiting for the upstream', 'busy', ` ${origin}/a is gone.`, 'open']);
  tally.upstream.note({ type: 'half_opened', origin });
  assert.equal(status.json()['upstream_circuit'], 'half-open');
  status.state = 'stopping';
  assert.equal(status.page().state, 'Stopping');
  tally.upstream.note({ type: 'closed', origin, cause: 'unreachable', lastedMs: 1 });
  status.state = 'running';
  assert.deepEqual(shown(), ['Running', 'busy', '', 'closed']);
});
