import { HashTable } from '@crates-mirror/hashing/hash-table';
import type { ProgressSnapshot } from '@crates-mirror/progress';
import { addReasons, type ReasonCounts } from '@crates-mirror/selection/reason-counts';
import type { Plan } from '../plan/work.ts';
import type { AffectedCrate } from './advisories/affected.ts';
import type { LeftIndex } from './left/left-search.ts';
import { addSurvey, type FromSurveyor, knownSum, noSurvey, type Survey, surveyed } from './protocol.ts';
import type { ByteEstimate, Sizing } from './sizing/estimate.ts';
import type { MeasuredRate } from './trial/rate-meter.ts';

/** Everything counted in a dry run. */
export class SurveyTally {
  survey: Survey = noSurvey();
  /** Versions of the index by the rule of the selection that decided; empty where there are none. */
  reasons: ReasonCounts = {};
  /** Index lines, URLs and the like that could not be used. */
  problems = 0;
  /** What a sample says of the sizes; undefined without one. */
  sizing: Sizing | undefined;
  /** Crate files that the index does not name; undefined where that was not looked for. */
  left: LeftIndex | undefined;
  /** How fast crate files came in a trial; undefined without one. */
  rate: MeasuredRate | undefined;
  /** Versions held that advisories are about; undefined where nobody has looked. */
  affected: readonly AffectedCrate[] | undefined;
  /** Crate files of the plan, counted beside the run; undefined until that is done. */
  counted: number | undefined;
  readonly startedAt = performance.now();
  readonly #directories = new HashTable({ valueWords: 0 });
  #plan: Plan;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** @param directories as FromSurveyor has them */
  add({ survey, reasons }: Pick<FromSurveyor, 'survey' | 'reasons'>, directories: Uint32Array): void {
    addSurvey(this.survey, survey);
    addReasons(this.reasons, reasons);
    for (let i = 0; i < directories.length; i += 2)
      this.#directories.add(directories[i] as number, directories[i + 1] as number);
  }

  /** Directories that loose files would need and that are not there. */
  get directories(): number {
    return this.#directories.count;
  }

  /** Another look at the same begins. */
  startAgain(plan: Plan): void {
    this.#plan = plan;
    this.survey = noSurvey();
    this.reasons = {};
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /**
   * What there is to download without asking upstream, bytes: what is known, and the rest as if it were like what is in place;
   * undefined where nothing is.
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

  /** What there is to download, bytes, as far as anything tells it; both bounds are the estimate itself where none are known. */
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
