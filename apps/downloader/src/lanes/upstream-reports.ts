import type { UpstreamEvent } from '../lane/upstream/upstream-event.ts';

/** Merges the upstream events of all lanes into one sequence. */
export class UpstreamReports<Lane> {
  /** Lanes whose circuit breaker is not closed. */
  readonly #waiting = new Set<Lane>();

  /**
   * @returns the event, or undefined if other waiting lanes make it redundant: only the first
   *   `opened` and the last `closed` count
   */
  merge(lane: Lane, event: UpstreamEvent): UpstreamEvent | undefined {
    switch (event.type) {
      case 'opened':
        this.#waiting.add(lane);
        return this.#waiting.size > 1 ? undefined : event;
      case 'closed':
      case 'abandoned':
        this.#waiting.delete(lane);
        return this.#waiting.size > 0 ? undefined : event;
      default:
        return event;
    }
  }
}
