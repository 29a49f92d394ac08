import type { Logger } from '@crates-mirror/logging';
import { formatBytes } from '@crates-mirror/progress';
import type { CompletedBatch } from '../lane/report/completed-batch.ts';
import type { RunDeps } from './run-deps.ts';

/** Counts and logs the files that a lane has completed. */
export function countBatch(batch: CompletedBatch, { tally, watch, report, toolRun }: RunDeps): void {
  tally.add(batch);
  watch?.completed(batch);
  for (const problem of batch.problems) report(problem);
  logBatch(batch, toolRun.logger);
}

/** @throws the error of a failed write */
export function recordBatch(
  { records, learntSizes }: CompletedBatch,
  { manifest, sizes, watch }: RunDeps,
): void {
  const startedAt = performance.now();
  sizes?.add(learntSizes);
  manifest.append(records);
  watch?.manifestWritten(performance.now() - startedAt);
}

function logBatch({ damaged, resumed, failures }: CompletedBatch, logger: Logger): void {
  for (const path of damaged)
    logger.warn(`${path} is damaged: its bytes are not those that were verified. It is fetched anew`);
  for (const { url, from, size } of resumed)
    logger.debug(
      { url, from, size },
      `resumed: ${formatBytes(from)} of ${formatBytes(size)} did not come again`,
    );
  for (const { url, code, message } of failures) logger.debug({ url, code }, `failed: ${message}`);
}
