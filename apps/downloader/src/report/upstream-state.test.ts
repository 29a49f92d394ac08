import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CircuitState } from '../lane/upstream/circuit-breaker.ts';
import type { UpstreamEvent } from '../lane/upstream/upstream-event.ts';
import { UpstreamState } from './upstream-state.ts';

const ORIGIN = 'https://x.example';
const OPENED: UpstreamEvent = { type: 'opened', origin: ORIGIN, cause: 'busy', trouble: 'it is busy' };
const HALF_OPENED: UpstreamEvent = { type: 'half_opened', origin: ORIGIN };
const REOPENED: UpstreamEvent = { type: 'reopened', origin: ORIGIN };

test('the state of the circuit follows the events, and the trouble lasts until it is closed', () => {
  const state = new UpstreamState();
  const ends: readonly UpstreamEvent[] = [
    { type: 'closed', origin: ORIGIN, cause: 'busy', lastedMs: 1 },
    { type: 'abandoned', origin: ORIGIN },
    { type: 'given_up', message: 'm', hint: 'h' },
  ];
  for (const end of ends) {
    assert.deepEqual([state.circuit, state.trouble], ['closed', undefined]);
    const seen: CircuitState[] = [];
    for (const event of [OPENED, HALF_OPENED, REOPENED]) {
      state.note(event);
      seen.push(state.circuit);
    }
    assert.deepEqual(seen, ['open', 'half-open', 'open']);
    state.note({ type: 'asked_to_wait', origin: ORIGIN, status: 429, ms: 5000 });
    assert.deepEqual([state.circuit, state.trouble], ['open', { origin: ORIGIN, message: 'it is busy' }]);
    state.note(end);
  }
  assert.equal(state.circuit, 'closed');
});
