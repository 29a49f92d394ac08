import { ExitCode } from '@crates-mirror/cli';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import type { Logger } from '@crates-mirror/logging';
import { isNarrow } from '@crates-mirror/selection/options';
import { inPlace } from '../lane/report/completed-batch.ts';
import type { RunEnd } from './summary.ts';
import type { Tally } from './tally.ts';

/** The exit code of a run. If nothing else has failed, the log states why it is not 0. */
export function exitCodeOf(tally: Tally, end: RunEnd, options: DownloaderOptions, logger: Logger): number {
  const { counts } = tally;
  if (end.interrupted) return ExitCode.interrupted;
  const isFailed = counts.failed > 0 || tally.problems > 0 || tally.notRemoved !== undefined;
  if (end.fatal !== undefined || isFailed) return ExitCode.failed;
  if (counts.missingUpstream > 0 && inPlace(counts) === 0 && !isSelection(options)) {
    logger.error(
      'every single crate file is missing upstream. Check --crates-base-url, and whether you are let in there',
    );
    return ExitCode.failed;
  }
  return ExitCode.done;
}

/**
 * If the user chose a few crates and all are missing upstream, that is no evidence against the
 * upstream.
 */
function isSelection({ source }: DownloaderOptions): boolean {
  return source.kind === 'index' && (source.only !== undefined || isNarrow(source.rules));
}
