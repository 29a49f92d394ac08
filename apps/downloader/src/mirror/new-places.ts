import { describeNewPlace } from '@crates-mirror/layout/new-place';
import type { Logger } from '@crates-mirror/logging';
import type { NewPlace } from './open-mirror.ts';

/** Logs the directories that a run creates. */
export function logNewPlaces(places: readonly NewPlace[], logger: Logger): void {
  for (const { what, root } of places) logger.info(describeNewPlace(what, root));
}
