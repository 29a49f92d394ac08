import type { UpstreamEvent } from './lane/upstream/upstream-event.ts';

/** Makes one account of the upstream out of what all lanes report. */
export class UpstreamReports<Lane> {
  /** Lanes whose circuit breaker is not closed. */
  readonly #waiting = new Set<Lane>();

  /** @returns the event, unless other lanes that wait make it no news: `opened` counts from the first, `closed` from the last */
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
