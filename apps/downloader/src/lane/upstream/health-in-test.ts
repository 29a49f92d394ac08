import { classifyStatus } from '@crates-mirror/retry';
import type { EndedAttempt } from '../fetch/attempt.ts';
import type { Verdict } from '../fetch/verdict.ts';
import { target } from '../lane-in-test.ts';
import type { Target } from '../target.ts';
import type { Action } from './action.ts';

export const SHA256 = 'a'.repeat(64);

const OK: Verdict = { kind: 'ok', sha256: SHA256 };

/** An attempt that has ended, by an answer unless it says otherwise. The request was sent 1 ms before `endedAt`. */
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

/** An answer without a file. */
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

/** No answer at all. */
export function silent(
  kind: 'connect' | 'connection_lost',
  of: string | Target,
  more: Partial<EndedAttempt> = {},
): EndedAttempt {
  return ended(of, { kind, error: { code: kind, message: 'm' } }, { hasAnswered: false, ...more });
}

/** `hold serde, report opened, wait 1` */
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
      return `complete ${action.target.name} ${action.settlement.status}`;
    case 'wait':
      return `wait ${action.failures}${action.retryAfterMs === undefined ? '' : ` and ${action.retryAfterMs} ms`}`;
    case 'report':
      return `report ${action.event.type}`;
    default:
      return action.type;
  }
}
