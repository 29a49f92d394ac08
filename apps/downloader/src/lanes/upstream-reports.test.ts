import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UpstreamEvent } from '../lane/upstream/upstream-event.ts';
import { UpstreamReports } from './upstream-reports.ts';

const origin = 'https://x.example';
const EVENTS: Readonly<Record<string, UpstreamEvent>> = {
  opened: { type: 'opened', origin, cause: 'busy', trouble: 't' },
  half_opened: { type: 'half_opened', origin },
  closed: { type: 'closed', origin, cause: 'busy', lastedMs: 1 },
  abandoned: { type: 'abandoned', origin },
  given_up: { type: 'given_up', message: 'm', hint: 'h' },
};

test('an upstream is gone with the first lane that waits, and back with the last one', () => {
  const reports = new UpstreamReports<number>();
  const table: readonly (readonly [lane: number, event: string, isNews: boolean])[] = [
    [1, 'opened', true],
    [2, 'opened', false],
    [2, 'half_opened', true],
    [1, 'closed', false],
    [2, 'closed', true],
    [1, 'opened', true],
    [3, 'opened', false],
    [1, 'abandoned', false],
    [3, 'abandoned', true],
    [1, 'opened', true],
    [1, 'given_up', true],
  ];
  for (const [lane, name, isNews] of table) {
    const event = EVENTS[name] as UpstreamEvent;
    assert.equal(reports.merge(lane, event), isNews ? event : undefined, `${lane} ${name}`);
  }
});
