import type { Control, Reason } from '@crates-mirror/concurrency';
import type { Logger } from '@crates-mirror/logging';

const WHY: Readonly<Record<Reason, string>> = {
  start: 'to begin with',
  growing: 'more requests bring more',
  lowering: 'fewer requests bring as much',
  seeking: 'about what the line takes',
  throttled: 'a server answers 429 or 503',
  failing: 'most requests fail',
  standstill: 'requests hang',
};
/** Probing changes the limit by less than this factor. */
const OF_NOTE = 1.5;

/** Logs, for debugging, why the limit of requests changes: one line for each notable change. */
export class ControlLog {
  readonly #logger: Logger;
  #reported: Pick<Control, 'limit' | 'reason'>;

  /** @param start the initial limit of a run */
  constructor(logger: Logger, start: number) {
    this.#logger = logger;
    this.#reported = { limit: start, reason: 'start' };
  }

  add(control: Control): void {
    const { limit, reason } = control;
    const reported = this.#reported;
    const change = Math.max(limit / reported.limit, reported.limit / limit);
    if (reason === reported.reason && change < OF_NOTE) return;
    this.#reported = { limit, reason };
    this.#logger.debug(fieldsOf(control), `requests at once: ${limit} (${WHY[reason]})`);
  }
}

function fieldsOf({ limit, rate, reason, latency, throughput }: Control): Record<string, number | string> {
  return {
    concurrency: limit,
    reason,
    ...(rate === Number.POSITIVE_INFINITY ? {} : { requests_per_s: Math.round(rate) }),
    ...(latency.now === undefined ? {} : { latency_ms: Math.round(latency.now) }),
    files_per_s: Math.round(throughput),
  };
}
