import { availableMemory } from 'node:process';
import type { Logger } from '@crates-mirror/logging';
import type { RequestLimits } from '../lane/fetch/request-limit.ts';
import type { LaneTraffic } from '../lane/protocol.ts';
import type { RequestControl } from './request-control.ts';

export interface RunLimitsOptions {
  readonly lanes: number;
  /** Of bodies, bytes/s; undefined for no limit. */
  readonly limitRate: number | undefined;
  readonly logger: Logger;
  /** For each lane, from 0 on. */
  readonly onShares: (shares: readonly RequestLimits[]) => void;
  /** Requests of the whole run that may be under way at once. */
  readonly onLimit: (limit: number) => void;
}

/** Limits that follow the line from the first requests on. What finds them is loaded then: many a run asks for nothing. */
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
