import type { ProgressSnapshot } from '@crates-mirror/progress';
import type { Plan } from '../plan/work.ts';
import { addSurvey, noSurvey, type Survey, surveyed } from './protocol.ts';
import type { Sizing } from './sizing/estimate.ts';

/** Everything counted in a dry run. */
export class SurveyTally {
  readonly survey: Survey = noSurvey();
  /** Index lines, URLs and the like that could not be used. */
  problems = 0;
  /** What a sample says of the sizes; undefined without one. */
  sizing: Sizing | undefined;
  readonly startedAt = performance.now();
  readonly #plan: Plan;
  #units = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** @param units index files that it is of */
  add(survey: Survey, units: number): void {
    addSurvey(this.survey, survey);
    this.#units += units;
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  /**
   * What there is to download without asking upstream, bytes: what the ledgers know, and the rest as if it were like what is
   * in place; undefined where nothing is.
   */
  get estimate(): number | undefined {
    const { inPlace, bytes, toBundle, toBundleBytes, toDownload, knownSizes, knownSizeBytes } = this.survey;
    const unknown = toDownload - knownSizes;
    if (unknown === 0) return knownSizeBytes;
    const placed = inPlace + toBundle;
    if (placed === 0) return undefined;
    return Math.round(knownSizeBytes + ((bytes + toBundleBytes) / placed) * unknown);
  }

  snapshot(): ProgressSnapshot {
    const processed = surveyed(this.survey);
    const { total, units } = this.#plan;
    const share = units === undefined || this.#units === 0 ? undefined : units / this.#units;
    return {
      processed,
      total: total ?? (share === undefined ? undefined : Math.round(processed * share)),
      totalIsExact: total !== undefined,
      ok: processed,
      errors: this.problems,
      retries: undefined,
      bytes: undefined,
    };
  }
}
