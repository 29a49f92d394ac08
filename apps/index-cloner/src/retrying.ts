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

/** Does something over the network again while it fails for the network's sake. @throws what it threw last */
export async function retrying<T>(
  { backoff, signal, logger }: Retrying,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let retry = 1; ; retry++) {
    try {
      return await attempt();
    } catch (error) {
      const isTransient = error instanceof GitError && error.code === 'git_network';
      if (!isTransient || retry > backoff.retries) throw error;
      const delay = retryDelay(retry, backoff, undefined);
      logger.warn(
        `${error.message}; trying again in ${formatDuration(delay)} (${retry} of ${backoff.retries})`,
      );
      await sleep(delay, undefined, { signal });
    }
  }
}
