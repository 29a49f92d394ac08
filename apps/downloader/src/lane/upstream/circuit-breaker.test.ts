import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndedAttempt } from '../fetch/attempt.ts';
import { target } from '../lane-in-test.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { came, said, silent, text } from './health-in-test.ts';
import type { OutageCause, UpstreamEvent } from './upstream-event.ts';

const RETRIES = 2;
const PROBE = target('probe');
const FAILURES: Readonly<Record<OutageCause, EndedAttempt>> = {
  unreachable: silent('connect', 'a'),
  busy: said(503, 'a'),
  refusing: said(403, 'a'),
};

/** A circuit breaker in one of its states. */
function breaker(state: 'open' | 'half-open', cause: OutageCause, wasThere: boolean): CircuitBreaker {
  const made = new CircuitBreaker(RETRIES);
  made.open(FAILURES[cause], wasThere);
  if (state === 'half-open') made.halfOpen(PROBE);
  assert.equal(made.state, state);
  return made;
}

type Input = (breaker: CircuitBreaker) => ReturnType<CircuitBreaker['wait']>;

/** The result of an attempt, in the order in which a lane reports it. */
const attempt =
  (one: EndedAttempt): Input =>
  (breaker) => [...breaker.answered(one), ...breaker.probed(one)];

const probe = {
  came: attempt(came(PROBE)),
  missing: attempt(said(404, PROBE)),
  rejected: attempt(said(503, PROBE, { retryAfterMs: 7 })),
  silent: attempt(silent('connect', PROBE)),
};
const other = {
  came: attempt(came('b')),
  missing: attempt(said(404, 'b')),
  silent: attempt(silent('connect', 'b')),
};
const servedElsewhere: Input = (breaker) => breaker.servedElsewhere('https://x.example', 2000);
const openAgain: Input = (breaker) => breaker.open(said(403, 'c'), true);
const wait: Input = (breaker) => breaker.wait(300_999);
const waitTooLong: Input = (breaker) => breaker.wait(301_001);
const abandon: Input = (breaker) => breaker.abandon();

type Row = readonly [name: string, input: Input, actions: string, state: string];

function check(made: () => CircuitBreaker, rows: readonly Row[]): void {
  for (const [name, input, actions, state] of rows) {
    const one = made();
    assert.deepEqual([text(input(one)), one.state], [actions, state], name);
  }
}

test('a closed circuit opens with the first failure that says something of the upstream', () => {
  const open =
    (cause: OutageCause, wasThere: boolean): Input =>
    (one) =>
      one.open(FAILURES[cause], wasThere);
  check(
    () => new CircuitBreaker(RETRIES),
    [
      ['gone', open('unreachable', true), 'report opened, wait 1', 'open'],
      ['never there', open('unreachable', false), 'wait 1', 'open'],
      ['refusing', open('refusing', true), 'report opened, wait 1', 'open'],
      // Only the probe shows whether everything is rejected.
      ['busy', open('busy', true), 'wait 1', 'open'],
      ['an attempt that is none of its own', probe.came, '', 'closed'],
      ['a failure that is none of its own', probe.silent, '', 'closed'],
      ['a file elsewhere', servedElsewhere, '', 'closed'],
      ['a probe', (one) => one.halfOpen(PROBE), '', 'closed'],
      ['a wait', wait, '', 'closed'],
      ['a stop', abandon, '', 'closed'],
    ],
  );
});

test('an open circuit waits; any answer closes it where nobody was there', () => {
  for (const cause of ['unreachable', 'busy', 'refusing'] as const) {
    const isGone = cause === 'unreachable';
    const back = isGone ? (['stop_waiting, report closed', 'closed'] as const) : (['', 'open'] as const);
    const isReported = cause !== 'busy';
    const rows: readonly Row[] = [
      ['probe', (one) => one.halfOpen(PROBE), isReported ? 'report half_opened' : '', 'half-open'],
      ['a file comes', other.came, ...back],
      ['a file is missing', other.missing, ...back],
      ['silence', other.silent, '', 'open'],
      ['a file comes elsewhere', servedElsewhere, ...back],
      ['another failure', openAgain, '', 'open'],
      ['no probe', wait, 'wait 1', 'open'],
      ['no probe for five minutes', waitTooLong, 'give_up', 'open'],
      ['stop', abandon, isReported ? 'stop_waiting, report abandoned' : 'stop_waiting', 'closed'],
    ];
    check(() => breaker('open', cause, true), rows);
  }
});

test('a half-open circuit is closed or opened by its probe', () => {
  check(
    () => breaker('half-open', 'unreachable', true),
    [
      ['comes', probe.came, 'stop_waiting, report closed', 'closed'],
      ['missing', probe.missing, 'stop_waiting, report closed', 'closed'],
      ['silent', probe.silent, 'report reopened, wait 2', 'open'],
      ['another comes', other.came, 'stop_waiting, report closed', 'closed'],
    ],
  );
  check(
    () => breaker('half-open', 'refusing', true),
    [
      ['comes', probe.came, 'stop_waiting, report closed', 'closed'],
      ['missing', probe.missing, 'report reopened, wait 2', 'open'],
      ['rejected', probe.rejected, 'report reopened, wait 2 and 7 ms', 'open'],
      ['silent', probe.silent, 'report reopened, wait 2', 'open'],
      ['another comes', other.came, '', 'half-open'],
      ['elsewhere', servedElsewhere, '', 'half-open'],
    ],
  );
  check(
    () => breaker('half-open', 'busy', true),
    [
      ['comes', probe.came, 'stop_waiting', 'closed'],
      ['missing', probe.missing, 'report opened, wait 2', 'open'],
      ['rejected', probe.rejected, 'report opened, wait 2 and 7 ms', 'open'],
      ['another comes', other.came, '', 'half-open'],
    ],
  );
});

test('an upstream that was never there is not reported, and has so many retries', () => {
  check(
    () => breaker('half-open', 'busy', false),
    [
      ['comes', probe.came, 'stop_waiting', 'closed'],
      // The upstream may simply not have this file.
      ['missing', probe.missing, 'stop_waiting', 'closed'],
      ['rejected', probe.rejected, 'wait 2 and 7 ms', 'open'],
    ],
  );
  check(() => breaker('half-open', 'refusing', false), [['missing', probe.missing, 'wait 2', 'open']]);
  const never = breaker('half-open', 'unreachable', false);
  assert.deepEqual(text(probe.silent(never)), 'wait 2');
  // No time limit applies.
  assert.deepEqual(text(waitTooLong(never)), 'wait 2');
  never.halfOpen(PROBE);
  assert.deepEqual(text(probe.silent(never)), 'give_up');
});

test('known files are probes of an upstream that answers', () => {
  const origins = (['unreachable', 'busy', 'refusing'] as const).map(
    (cause) => breaker('open', cause, true).refusingOrigin,
  );
  assert.deepEqual(origins, [undefined, 'https://x.example', 'https://x.example']);
  assert.equal(new CircuitBreaker(RETRIES).refusingOrigin, undefined);
});

test('an event says which upstream, why, and how long; the last failure is what the run ends with', () => {
  const events = (actions: ReturnType<Input>): UpstreamEvent[] =>
    actions.flatMap((action) => (action.type === 'report' ? [action.event] : []));
  const origin = 'https://x.example';
  const one = new CircuitBreaker(RETRIES);
  const trouble = `${origin} answers 403 Forbidden for files that it has`;
  assert.deepEqual(events(one.open(FAILURES.refusing, true)), [
    { type: 'opened', origin, cause: 'refusing', trouble },
  ]);
  one.halfOpen(PROBE);
  one.probed(said(503, PROBE, { endedAt: 2000 }));
  const [end] = one.wait(400_000);
  assert.equal(
    end?.type === 'give_up' && end.trouble.message,
    `${origin} answers 503 Service Unavailable to everything`,
  );
  one.halfOpen(PROBE);
  assert.deepEqual(events(one.answered(came(PROBE, { endedAt: 3500 }))), [
    { type: 'closed', origin, cause: 'refusing', lastedMs: 2500 },
  ]);
});
