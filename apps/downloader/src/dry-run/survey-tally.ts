import { HashTable } from '@crates-mirror/hashing/hash-table';
import type { ProgressSnapshot } from '@crates-mirror/progress';
import { addReasons, type ReasonCounts } from '@crates-mirror/selection/reason-counts';
import type { Plan } from '../plan/work.ts';
import type { RemovalPreview } from '../removal/preview.ts';
import type { AffectedCrate } from './advisories/affected.ts';
import type { LeftIndex } from './left/left-search.ts';
import { addSurvey, type FromSurveyor, knownSum, noSurvey, type Survey, surveyed } from './protocol.ts';
import type { ByteEstimate, Sizing } from './sizing/estimate.ts';
import type { MeasuredRate } from './trial/rate-meter.ts';

/** Everything counted in a dry run. */
export class SurveyTally {
  survey: Survey = noSurvey();
  /**
   * Number of versions in the index by the rule of the selection that decided; empty for a list.
   */
  reasons: ReasonCounts = {};
  /** Index lines, URLs and other input that could not be used. */
  problems = 0;
  /** Estimate from the sampled sizes; undefined without a sample. */
  sizing: Sizing | undefined;
  /** Crate files that the index does not name; undefined if this was not checked. */
  left: LeftIndex | undefined;
  /** Crate files that `--on-removed` would remove; undefined if nothing is removed. */
  removals: RemovalPreview | undefined;
  /** Download rate measured in a trial; undefined without a trial. */
  rate: MeasuredRate | undefined;
  /** Held versions that advisories affect; undefined if this was not checked. */
  affected: readonly AffectedCrate[] | undefined;
  /**
   * Number of crate files in the plan. They are counted concurrently with the run; undefined until
   * that is done.
   */
  counted: number | undefined;
  readonly startedAt = performance.now();
  readonly #directories = new HashTable({ valueWords: 0 });
  #plan: Plan;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** @param directories in the form of FromSurveyor's */
  add({ survey, reasons }: Pick<FromSurveyor, 'survey' | 'reasons'>, directories: Uint32Array): void {
    addSurvey(this.survey, survey);
    addReasons(this.reasons, reasons);
    for (let i = 0; i < directories.length; i += 2)
      this.#directories.add(directories[i] as number, directories[i + 1] as number);
  }

  /** The number of missing directories that loose files need. */
  get directories(): number {
    return this.#directories.count;
  }

  /** Resets the counts for another survey of the same plan. */
  startAgain(plan: Plan): void {
    this.#plan = plan;
    this.survey = noSurvey();
    this.reasons = {};
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /**
   * Estimate in bytes of what there is to download, without requests to upstream. Files of unknown
   * size count as the average of those in place; undefined if none are.
   */
  get estimate(): number | undefined {
    const { inPlace, bytes, toBundle, toBundleBytes, toDownload } = this.survey;
    const known = knownSum(this.survey);
    const unknown = toDownload - known.count;
    if (unknown === 0) return known.bytes;
    const placed = inPlace + toBundle;
    if (placed === 0) return undefined;
    return Math.round(known.bytes + ((bytes + toBundleBytes) / placed) * unknown);
  }

  /**
   * Bytes to download, as far as they can be estimated. If there are no known bounds, both equal
   * the estimate itself.
   */
  get toDownload(): ByteEstimate | undefined {
    if (this.sizing !== undefined) return this.sizing.estimate;
    const bytes = this.estimate;
    return bytes === undefined ? undefined : { bytes, low: bytes, high: bytes };
  }

  snapshot(): ProgressSnapshot {
    const processed = surveyed(this.survey);
    const total = this.#plan.total ?? this.counted;
    return {
      processed,
      total,
      totalIsExact: total !== undefined,
      ok: processed,
      errors: this.problems,
      retries: undefined,
      bytes: undefined,
    };
  }
}
