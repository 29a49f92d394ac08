import { availableMemory } from 'node:process';
import type { Logger } from '@crates-mirror/logging';
import type { RequestLimits } from '../lane/fetch/request-limit.ts';
import type { LaneTraffic } from '../lane/protocol.ts';
import type { RequestControl } from './request-control.ts';

export interface RunLimitsOptions {
  readonly lanes: number;
  /** Limit for bodies in bytes/s; undefined for no limit. */
  readonly limitRate: number | undefined;
  readonly logger: Logger;
  /** Called with the limits of each lane, indexed by lane. */
  readonly onShares: (shares: readonly RequestLimits[]) => void;
  /** Called with the maximum number of concurrent requests of the whole run. */
  readonly onLimit: (limit: number) => void;
}

/**
 * Limits that adapt to the line from the first requests on. The code that computes them is loaded
 * at that time, because many runs send no request.
 */
export class RunLimits {
  readonly #options: RunLimitsOptions;
  #isLoading = false;
  #control: RequestControl | undefined;

  constructor(options: RunLimitsOptions) {
    this.#options = options;
  }

  /** @param lane from 0 */
  add(lane: number, traffic: LaneTraffic): void {
    if (this.#control !== undefined) this.#control.add(lane, traffic);
    else if (!this.#isLoading) void this.#load();
  }

  async #load(): Promise<void> {
    this.#isLoading = true;
    const [{ RequestControl }, { ControlLog }, { requestBounds }] = await Promise.all([
      import('./request-control.ts'),
      import('./control-log.ts'),
      import('./bounds.ts'),
    ]);
    const { lanes, limitRate, logger, onShares, onLimit } = this.#options;
    const bounds = requestBounds(lanes, availableMemory(), limitRate);
    const log = new ControlLog(logger, bounds.start);
    this.#control = new RequestControl({
      lanes,
      bounds,
      onShares,
      onControl: (control) => {
        onLimit(control.limit);
        log.add(control);
      },
    });
  }
}
