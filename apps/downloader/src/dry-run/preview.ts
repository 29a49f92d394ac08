import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { describeError, FatalError } from '@crates-mirror/errors';
import type { Logger } from '@crates-mirror/logging';
import type { SelectionData } from '@crates-mirror/selection/selector';
import { isWholeIndex } from '../plan/whole-index.ts';
import type { Plan } from '../plan/work.ts';
import type { RemovalPreview } from '../removal/preview.ts';

/** The rest is logged as `debug`. */
const MAX_NAMED = 50;

interface PreviewDeps {
  /** Ids of the bundles whose members count. */
  readonly held: readonly string[];
  readonly index: Plan['index'];
  readonly selection: SelectionData;
  readonly options: DownloaderOptions;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/**
 * Finds and logs what `--on-removed` would remove.
 *
 * @returns undefined if the run removes nothing, or what it removes is not known
 */
export async function preview({
  held,
  index,
  selection,
  options,
  logger,
  signal,
}: PreviewDeps): Promise<RemovalPreview | undefined> {
  const { action } = options.removals;
  if (action === 'keep' || index === undefined || !isWholeIndex(options)) return undefined;
  const { previewRemovals } = await import('../removal/preview.ts');
  try {
    const found = await previewRemovals({ options, index, selection, held, signal });
    if (signal.aborted) return undefined;
    logPreview(found, action, logger);
    return found;
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    logger.warn(`--on-removed: what would be removed is not known: ${describeError(error)}`);
    return undefined;
  }
}

/** Logs the files that a run would remove, and why. */
function logPreview(
  { files, refusal }: RemovalPreview,
  action: 'quarantine' | 'delete',
  logger: Logger,
): void {
  for (const [i, { name, version, path, bundle, why }] of files.entries()) {
    const what = bundle !== null ? 'withdrawn' : action === 'delete' ? 'deleted' : 'quarantined';
    logger[i < MAX_NAMED ? 'info' : 'debug'](`would be ${what}: ${name} ${version} (${why}): ${path}`);
  }
  if (refusal !== undefined) logger.warn(refusal);
}
