import type { IndexLocation } from '@crates-mirror/crates-index';
import { openIndexAt } from '@crates-mirror/crates-index/source';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { parseLayout } from '@crates-mirror/layout';
import { type GoingFile, whyTooMany } from '@crates-mirror/removals/going';
import { readBundlePlace, readLoosePlace } from '@crates-mirror/removals/places';
import { Selection } from '@crates-mirror/selection';
import type { SelectionData } from '@crates-mirror/selection/selector';
import { GoneFinder } from './find-gone.ts';
import { IndexSays } from './index-says.ts';
import { passedOver } from './passed-over.ts';

/** The removals of a run, as far as they are known before it. */
export interface RemovalPreview {
  readonly files: readonly GoingFile[];
  /** Number of crate files that the mirror holds. */
  readonly held: number;
  /** Why the run would remove none of them; undefined if it would. */
  readonly refusal: string | undefined;
}

interface PreviewDeps {
  readonly options: Pick<DownloaderOptions, 'out' | 'bundle' | 'layout' | 'removals'>;
  readonly index: IndexLocation;
  readonly selection: SelectionData;
  /** Ids of the bundles whose members count. */
  readonly held: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Finds what `--on-removed` would remove after a run. Changes nothing.
 *
 * @throws FatalError if a part of the index cannot be read; the system's error
 */
export async function previewRemovals(deps: PreviewDeps): Promise<RemovalPreview> {
  const { out, bundle, layout, removals } = deps.options;
  const places = [
    readLoosePlace(out),
    ...(bundle === undefined ? [] : [readBundlePlace(bundle.directory, deps.held)]),
  ];
  const parsed = parseLayout(layout);
  const says = new IndexSays(await openIndexAt(deps.index), parsed, new Selection(deps.selection));
  const holders = places.map(({ holder }) => holder);
  const finder = new GoneFinder(says, parsed, holders, passedOver(places));
  const findings = await finder.find(() => deps.signal.aborted);
  return { files: findings.gone, held: findings.held, refusal: whyTooMany(findings, removals.maxRemovals) };
}
