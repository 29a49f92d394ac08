import type { CircuitState } from '../lane/upstream/circuit-breaker.ts';
import type { UpstreamEvent } from '../lane/upstream/upstream-event.ts';

/** A problem with an upstream. */
export interface UpstreamTrouble {
  readonly origin: string;
  /** `https://… answers 503 Service Unavailable to everything` */
  readonly message: string;
}

/** The run's view of its upstream, as reported by the lanes' circuit breakers. */
export class UpstreamState {
  #circuit: CircuitState = 'closed';
  #trouble: UpstreamTrouble | undefined;

  note(event: UpstreamEvent): void {
    switch (event.type) {
      case 'opened':
        this.#circuit = 'open';
        this.#trouble = { origin: event.origin, message: event.trouble };
        break;
      case 'half_opened':
        this.#circuit = 'half-open';
        break;
      case 'reopened':
        this.#circuit = 'open';
        break;
      case 'closed':
      case 'abandoned':
      case 'given_up':
        this.#circuit = 'closed';
        this.#trouble = undefined;
        break;
    }
  }

  get circuit(): CircuitState {
    return this.#circuit;
  }

  /** Why the run is waiting; undefined while requests are being sent. */
  get trouble(): UpstreamTrouble | undefined {
    return this.#trouble;
  }
}
