import type { IndexSource } from '@crates-mirror/crates-index';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { describeError } from '@crates-mirror/errors';
import { crateUrls, type Layout, parseLayout } from '@crates-mirror/layout';
import type { Logger } from '@crates-mirror/logging';
import type { ManifestWriter } from '@crates-mirror/manifest/writer';
import { type Removal, removalRecords, restoredRecord } from '@crates-mirror/removals';
import { checkNotTooMany, confirm, planned } from '@crates-mirror/removals/going';
import { bundlePlace, loosePlace, type RemovalPlace } from '@crates-mirror/removals/places';
import type { Selection } from '@crates-mirror/selection';
import { type Findings, GoneFinder } from './find-gone.ts';
import { IndexSays } from './index-says.ts';
import { passedOver } from './passed-over.ts';
import { RemovedCounts } from './removed-counts.ts';
import { takeBack } from './take-back.ts';

const MAX_NAMED = 50;

export interface RemovalDeps {
  readonly options: DownloaderOptions;
  /** Undefined for a run over a list. */
  readonly index: IndexSource | undefined;
  readonly selection: Selection;
  /** Ids of the bundles whose members count, in a run that bundles. */
  readonly heldBundles: readonly string[];
  readonly manifest: ManifestWriter;
  readonly logger: Logger;
}

/** Handles crate files that are no longer to be mirrored, in one run. */
export class Removals {
  readonly counts = new RemovedCounts();
  readonly #deps: RemovalDeps;
  readonly #layout: Layout;
  readonly #says: IndexSays | undefined;

  constructor(deps: RemovalDeps) {
    const { options, index, selection } = deps;
    this.#deps = deps;
    this.#layout = parseLayout(options.layout);
    this.#says = index && new IndexSays(index, this.#layout, selection);
  }

  /**
   * Must be called before anything is mirrored. Completes removals that a kill interrupted, and
   * restores files that are wanted again.
   *
   * @throws the system's error
   */
  begin(): void {
    const places = this.#openPlaces();
    try {
      for (const place of places) {
        this.#report(place.remover.complete());
        if (this.#says !== undefined) this.#takeBack(place, this.#says);
      }
    } finally {
      close(places);
    }
  }

  /**
   * Called after a run that checked everything in its plan.
   *
   * @returns in one line, why files were not removed; undefined if everything was
   */
  async finish(signal: AbortSignal): Promise<string | undefined> {
    const places = this.#openPlaces();
    try {
      for (const { remover } of places) this.#report(remover.complete());
      await this.#removeGone(places, signal);
      return undefined;
    } catch (error) {
      this.#deps.logger.error(describeError(error));
      return describeError(error);
    } finally {
      close(places);
    }
  }

  async #removeGone(places: readonly RemovalPlace[], signal: AbortSignal): Promise<void> {
    const { source, removals } = this.#deps.options;
    if (removals.action === 'keep' || this.#says === undefined || source.kind !== 'index') return;
    if (source.only !== undefined) {
      this.#deps.logger.info('--on-removed: a run over chosen crates removes nothing');
      return;
    }
    const holders = places.map(({ holder }) => holder);
    const finder = new GoneFinder(this.#says, this.#layout, holders, passedOver(places));
    const findings = await finder.find(() => signal.aborted);
    if (findings.gone.length > 0 && !signal.aborted) await this.#remove(findings, finder, places, signal);
  }

  async #remove(
    findings: Findings,
    finder: GoneFinder,
    places: readonly RemovalPlace[],
    signal: AbortSignal,
  ): Promise<void> {
    const { action, maxRemovals, isConfirmed } = this.#deps.options.removals;
    checkNotTooMany(findings, maxRemovals, '--index-dir and the selection');
    if (action === 'delete' && !isConfirmed && !(await confirm(findings.gone, signal))) return;
    // The user may take hours to answer, and the index may change in the meantime.
    const still = findings.gone.filter((file) => finder.isStillGone(file));
    for (const { holder, remover } of places) {
      const removals = still.filter((file) => file.holder === holder).map((file) => planned(file, action));
      this.#report(remover.remove(removals, () => signal.aborted));
    }
  }

  #takeBack(place: RemovalPlace, says: IndexSays): void {
    const { manifest, logger, options } = this.#deps;
    const urlOf = crateUrls(options.cratesBaseUrl);
    for (const removal of takeBack(place, says, (message) => logger.warn(message))) {
      manifest.append(restoredRecord(removal, urlOf));
      logger.info(`${removal.name} ${removal.version} is to be mirrored again: restored`);
      this.counts.restored += 1;
    }
  }

  #openPlaces(): readonly RemovalPlace[] {
    const { options, heldBundles, manifest } = this.#deps;
    const { out, bundle } = options;
    const urlOf = crateUrls(options.cratesBaseUrl);
    const record = (removals: readonly Removal[]): void => {
      manifest.append(removalRecords(removals, urlOf));
      manifest.flush();
    };
    const bundles = bundle === undefined ? [] : [bundlePlace(bundle.directory, heldBundles, record)];
    return [loosePlace(out, record), ...bundles];
  }

  #report(removals: readonly Removal[]): void {
    for (const { name, version, action, why, path, to } of removals) {
      const total = this.counts.add(action);
      const where = to === null ? path : `${path} is now ${to}`;
      this.#deps.logger[total > MAX_NAMED ? 'debug' : 'info'](
        `${this.counts.wordFor(action)}: ${name} ${version} (${why}): ${where}`,
      );
    }
  }
}

function close(places: readonly RemovalPlace[]): void {
  for (const { journal } of places) journal.close();
}
