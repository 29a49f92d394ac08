import assert from 'node:assert/strict';
import { classifyStatus } from '@crates-mirror/retry';
import type { EndedAttempt } from '../fetch/attempt.ts';
import type { Verdict } from '../fetch/verdict.ts';
import { target } from '../lane-in-test.ts';
import type { Target } from '../target.ts';
import type { Action } from './action.ts';
import type { KnownFile } from './probes.ts';
import { UpstreamHealth } from './upstream-health.ts';

export const SHA256 = 'a'.repeat(64);

const OK: Verdict = { kind: 'ok', sha256: SHA256 };

/**
 * An attempt that has ended, with a response unless specified otherwise. The request was sent 1 ms
 * before `endedAt`.
 */
export function ended(
  of: string | Target,
  verdict: Verdict,
  { isProbe = false, hasAnswered = true, endedAt = 1000 }: Partial<EndedAttempt> = {},
): EndedAttempt {
  const asked = typeof of === 'string' ? target(of) : of;
  return { target: asked, verdict, isProbe, hasAnswered, since: endedAt - 1, endedAt };
}

export function came(of: string | Target, more: Partial<EndedAttempt> = {}): EndedAttempt {
  return ended(of, OK, more);
}

/** A response without a file. */
export function said(
  status: number,
  of: string | Target,
  { retryAfterMs, ...more }: Partial<EndedAttempt> & { retryAfterMs?: number } = {},
): EndedAttempt {
  const error = { code: `http_${status}`, message: 'm' };
  const verdict: Verdict =
    classifyStatus(status) === 'missing'
      ? { kind: 'missing_upstream', error, status }
      : { kind: 'http_status', error, status, retryAfterMs };
  return ended(of, verdict, more);
}

/** No response at all. */
export function silent(
  kind: 'connect' | 'connection_lost',
  of: string | Target,
  more: Partial<EndedAttempt> = {},
): EndedAttempt {
  return ended(of, { kind, error: { code: kind, message: 'm' } }, { hasAnswered: false, ...more });
}

/** Formats actions, like `hold serde, report opened, wait 1` */
export function text(actions: readonly Action[]): string {
  return actions.map(one).join(', ');
}

function one(action: Action): string {
  switch (action.type) {
    case 'retry':
    case 'hold':
    case 'probe':
    case 'share':
      return `${action.type} ${action.target.name}`;
    case 'complete':
      return `complete ${action.target.name} ${action.outcome.status}`;
    case 'wait':
      return `wait ${action.failures}${action.retryAfterMs === undefined ? '' : ` and ${action.retryAfterMs} ms`}`;
    case 'report':
      return `report ${action.event.type}`;
    default:
      return action.type;
  }
}

export const BACKOFF = { retries: 2, baseMs: 5, maxMs: 5 };
/** Number of consecutive rejections that count as evidence about the upstream. */
export const MANY = 16;

/** An event, the resulting actions, and the state of the circuit afterwards. */
export type Step = readonly [
  input: (health: UpstreamHealth) => readonly Action[],
  actions: string,
  state?: string,
];

export function run(steps: readonly Step[], known: readonly KnownFile[] = []): UpstreamHealth {
  const health = new UpstreamHealth({ concurrency: 4, backoff: BACKOFF, knownFiles: () => known });
  for (const [i, [input, actions, state = 'closed']] of steps.entries())
    assert.deepEqual([text(input(health)), health.state], [actions, state], `step ${i + 1}`);
  return health;
}

export const attempt =
  (one: Parameters<UpstreamHealth['onAttempt']>[0]): Step[0] =>
  (health) =>
    health.onAttempt(one);
export const ready: Step[0] = (health) => health.onReady();
export const idle: Step[0] = (health) => health.onIdle();
export const timer: Step[0] = (health) => health.onTimer();
export const stop: Step[0] = (health) => health.onStop();
export const waiting =
  (one: Target | undefined, now = 1000): Step[0] =>
  (health) =>
    health.onWaitingProbe(one, now);
export const elsewhere =
  (one: Target): Step[0] =>
  (health) =>
    health.onServedElsewhere({ target: one, sha256: SHA256 }, 1000);
export const held =
  (one: Target): Step[0] =>
  (health) => {
    health.onHeld(one, SHA256);
    return [];
  };

/** The file of this name, as the target of a probe. */
export const probe = (name: string): Target => target(name, { sha256: SHA256 });

/** This many rejections of different targets, each of which is retried. */
export function rejected(status: number, count: number): Step[] {
  return Array.from({ length: count }, (_, i) => [attempt(said(status, `r${i}`)), `retry r${i}`]);
}

export function missing(count: number): Step[] {
  return Array.from({ length: count }, (_, i) => [attempt(said(404, `m${i}`)), '']);
}
