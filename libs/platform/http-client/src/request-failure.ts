import type { GetFailure } from './outcome.ts';

export type Reason = Pick<GetFailure, 'kind' | 'code' | 'message'>;

/** A failure that says nothing about the requested file. */
export function lost(why: string): Reason {
  return { kind: 'connection_lost', code: 'connection_lost', message: `connection lost: ${why}` };
}

/**
 * A body whose length differs from its Content-Length.
 *
 * @param soFar bytes received, and bytes announced
 */
export function wrongLength(
  kind: 'truncated' | 'overlong',
  soFar: { readonly received: number; readonly expected: number | undefined },
): Reason {
  const word = kind === 'truncated' ? 'shorter' : 'longer';
  const counts = `${soFar.received} of ${soFar.expected} bytes received`;
  return { kind, code: kind, message: `body ${word} than its Content-Length, ${counts}` };
}
