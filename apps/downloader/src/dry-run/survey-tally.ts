import type { ProgressSnapshot } from '@crates-mirror/progress';
import type { Plan } from '../plan/work.ts';
import { addSurvey, noSurvey, type Survey, surveyed } from './protocol.ts';

/** Everything counted in a dry run. */
export class SurveyTally {
  readonly survey: Survey = noSurvey();
  /** Index lines, URLs and the like that could not be used. */
  problems = 0;
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

  /** What there is to download, bytes, if it is like what is in place; undefined where nothing is. */
  get estimate(): number | undefined {
    const { inPlace, bytes, toBundle, toBundleBytes, toDownload } = this.survey;
    const known = inPlace + toBundle;
    return known === 0 ? undefined : Math.round(((bytes + toBundleBytes) / known) * toDownload);
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
