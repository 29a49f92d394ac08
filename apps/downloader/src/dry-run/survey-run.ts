import { availableParallelism } from 'node:os';
import type { DownloaderOptions } from '@crates-mirror/downloader-options';
import { hasNoFiles, mirrorHome } from '@crates-mirror/layout';
import type { Logger } from '@crates-mirror/logging';
import { PiecePool } from '@crates-mirror/piece-pool';
import { BottomSample } from '@crates-mirror/sampling/bottom-sample';
import type { SelectionData } from '@crates-mirror/selection/selector';
import type { InputProblem, Plan, Work } from '../plan/work.ts';
import type { CountStart, FromSurveyor, RecordedSizes, SurveyStart } from './protocol.ts';
import type { Candidate } from './sizing/candidate.ts';
import type { Candidates, SampleOptions } from './sizing/sieve.ts';
import type { ListedCrates } from './stored/list-crates.ts';
import type { SurveyTally } from './survey-tally.ts';

const SURVEYOR = new URL('./surveyor-worker.ts', import.meta.url);
const COUNTER = new URL('./version-count-worker.ts', import.meta.url);
/** Additional threads would only compete with each other in the file system. */
const MAX_LANES = 16;
/** Maximum number of pieces queued per lane. A piece takes a millisecond or two. */
const MAX_AHEAD = 8;

export interface SurveyRunOptions {
  readonly options: DownloaderOptions;
  /** The selection that applies to index files. */
  readonly selection: SelectionData;
  /** The memory of a ChecksumTable. */
  readonly checksums: SharedArrayBuffer | undefined;
  readonly sample: SampleOptions;
  /** The crate files of a mirror in a bucket. */
  readonly stored: ListedCrates | undefined;
  readonly logger: Logger;
}

/** Results of a survey besides its counts. */
export interface LookEvents {
  readonly records: RecordedSizes;
  readonly report: (problem: InputProblem) => void;
  /** @param words checksums of unknown size, if manifests may contain the size */
  readonly onUnknown: (words: Uint32Array) => void;
  /**
   * @param words hashes of paths that the index names; the callback is undefined if they are not
   *   wanted
   */
  readonly onNamed?: (words: Uint32Array) => void;
  readonly onProgress: () => void;
}

/** Surveys, in threads, everything that a run would process. */
export class SurveyRun {
  readonly #options: SurveyRunOptions;
  /** Bundles whose members count as mirrored. */
  readonly held: readonly string[];
  #pool: PiecePool<Work, FromSurveyor> | undefined;
  #sizes = new BottomSample<Candidate>(0);
  #trial = new BottomSample<Candidate>(0);

  private constructor(options: SurveyRunOptions, held: readonly string[]) {
    this.#options = options;
    this.held = held;
  }

  static async open(options: SurveyRunOptions): Promise<SurveyRun> {
    const { bundle } = options.options;
    const held =
      bundle === undefined || options.stored !== undefined
        ? []
        : await heldBundles(bundle.directory, options.logger);
    return new SurveyRun(options, held);
  }

  /** The samples of the last survey. No crate file is in both. */
  get sampled(): Candidates {
    const sizes = this.#sizes.items;
    const asked = new Set(sizes.map(({ rank }) => rank));
    const trial = this.#trial.items.filter(({ rank }) => !asked.has(rank));
    return { sizes, trial: trial.sort((one, other) => one.rank - other.rank) };
  }

  stop(): void {
    this.#pool?.stop();
  }

  async look(
    plan: Plan,
    tally: SurveyTally,
    { records, report, onUnknown, onNamed, onProgress }: LookEvents,
  ): Promise<void> {
    const { sample } = this.#options;
    const sizes = new BottomSample<Candidate>(sample.size);
    const trial = new BottomSample<Candidate>(sample.trialSize);
    this.#sizes = sizes;
    this.#trial = trial;
    this.#pool = new PiecePool<Work, FromSurveyor>({
      ...this.#surveyor(plan, records, onNamed !== undefined),
      count: Math.min(availableParallelism(), MAX_LANES),
      maxAhead: MAX_AHEAD,
      next: () => plan.next(),
      onResult: ({ survey, reasons, problems, candidates, unknown, directories, named }) => {
        for (const candidate of candidates.sizes) sizes.add(candidate);
        for (const candidate of candidates.trial) trial.add(candidate);
        tally.add({ survey, reasons }, directories);
        onUnknown(unknown);
        onNamed?.(named);
        for (const problem of problems) report(problem);
        onProgress();
      },
    });
    await this.#pool.run();
  }

  /** The first dry run is usually of an empty mirror, where no files need to be looked up. */
  #surveyor(
    { index }: Plan,
    sizes: RecordedSizes,
    isNaming: boolean,
  ): { worker: URL; start: SurveyStart | CountStart } {
    const { options, selection, checksums, sample, stored } = this.#options;
    const { source, out, bundle, cratesBaseUrl, layout } = options;
    const isEmpty = stored === undefined ? bundle === undefined && hasNoFiles(out) : stored.count === 0;
    const isCounting = source.kind === 'index' && checksums === undefined && isEmpty;
    if (!isCounting || index === undefined)
      return {
        worker: SURVEYOR,
        start: {
          options,
          selection,
          checksums,
          stored: stored?.memory,
          held: this.held,
          index,
          sample,
          sizes,
          isNaming,
        },
      };
    return {
      worker: COUNTER,
      start: { index, selection, cratesBaseUrl, layout, sample, sizes },
    };
  }
}

/** Loaded on demand. */
async function heldBundles(directory: string, logger: Logger): Promise<readonly string[]> {
  const { presentBundles } = await import('@crates-mirror/bundle');
  const { membersDirectory } = mirrorHome(directory);
  const { ids, isLedgerDamaged } = await presentBundles(directory, membersDirectory);
  if (isLedgerDamaged)
    logger.warn(
      `${membersDirectory} is damaged: a run makes it anew from the manifests, and has less to download than this says`,
    );
  return ids;
}
