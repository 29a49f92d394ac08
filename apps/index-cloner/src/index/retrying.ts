import { setTimeout as sleep } from 'node:timers/promises';
import { GitError } from '@crates-mirror/git';
import type { Logger } from '@crates-mirror/logging';
import { formatDuration } from '@crates-mirror/progress';
import { type BackoffPolicy, retryDelay } from '@crates-mirror/retry';

export interface Retrying {
  readonly backoff: BackoffPolicy;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * Retries a network operation while it fails because of the network.
 *
 * @param wait waits for a time in ms, or rejects when the signal is aborted
 * @throws the operation's last error
 */
export async function retrying<T>(
  { backoff, signal, logger }: Retrying,
  attempt: () => Promise<T>,
  wait: (ms: number, signal: AbortSignal) => Promise<void> = pause,
): Promise<T> {
  for (let retry = 1; ; retry++) {
    try {
      return await attempt();
    } catch (error) {
      const isTransient = error instanceof GitError && error.code === 'git_network';
      if (!isTransient || retry > backoff.retries) throw error;
      const delay = retryDelay(retry, backoff, undefined);
      const at = new Date(Date.now() + delay).toISOString().replace(/\.\d+/, '');
      logger.warn(
        `${error.message}; trying again in ${formatDuration(delay)}, at ${at} (${retry} of ${backoff.retries})`,
      );
      await wait(delay, signal);
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal });
}
