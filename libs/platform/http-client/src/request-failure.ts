import type { GetFailure } from './outcome.ts';

export type Reason = Pick<GetFailure, 'kind' | 'code' | 'message'>;

/** A failure that says nothing about the file asked for. */
export function lost(why: string): Reason {
  return { kind: 'connection_lost', code: 'connection_lost', message: `connection lost: ${why}` };
}

/** A body that is not as long as its Content-Length says. @param soFar bytes received, and how many were announced */
export function wrongLength(
  kind: 'truncated' | 'overlong',
  soFar: { readonly received: number; readonly expected: number | undefined },
): Reason {
  const word = kind === 'truncated' ? 'shorter' : 'longer';
  const counts = `${soFar.received} of ${soFar.expected} bytes received`;
  return { kind, code: kind, message: `body ${word} than its Content-Length, ${counts}` };
}
