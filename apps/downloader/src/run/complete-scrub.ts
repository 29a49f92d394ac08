import { errorMessage } from '@crates-mirror/errors';
import type { Logger } from '@crates-mirror/logging';
import type { Scrub } from '../plan/scrub/scrub.ts';
import type { Tally } from '../report/tally.ts';

/**
 * Marks the scrub as complete unless damage may remain. In that case the next scrub must verify the
 * files again, because other runs trust a file by its size and time.
 */
export function completeScrub(scrub: Scrub, { counts }: Tally, logger: Logger): void {
  if (counts.damaged > 0 && counts.failed + counts.missingUpstream > 0) {
    logger.warn(
      '--scrub: not all damaged files could be fetched anew. The next run verifies the same part again',
    );
    return;
  }
  try {
    scrub.complete();
  } catch (error) {
    logger.warn(
      `--scrub: cannot write down what was verified: ${errorMessage(error)}. The next run verifies it again`,
    );
  }
}
