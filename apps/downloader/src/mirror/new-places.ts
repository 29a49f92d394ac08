import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { describeNewPlace } from '@crates-mirror/layout/new-place';
import type { Logger } from '@crates-mirror/logging';
import type { NewPlace } from './open-mirror.ts';

/** Logs the directories that a run creates, or the mirror in an object store. */
export function logNewPlaces(
  places: readonly NewPlace[],
  { bucket }: Pick<DownloaderOptions, 'bucket'>,
  logger: Logger,
): void {
  if (bucket !== undefined) {
    logger.info(`new mirror at ${bucket.name}`);
    return;
  }
  for (const { what, root } of places) logger.info(describeNewPlace(what, root));
}
