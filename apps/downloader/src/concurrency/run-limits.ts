import { availableMemory } from 'node:process';
import type { Logger } from '@crates-mirror/logging';
import type { RequestLimits } from '../lane/fetch/request-limit.ts';
import type { LaneTraffic } from '../lane/protocol.ts';
import type { RequestControl } from './request-control.ts';

/** Limits that follow the line from the first request on. What finds them is loaded then: many a run asks for nothing. */
export class RunLimits {
  readonly #lanes: number;
  readonly #logger: Logger;
  readonly #onLimits: (limits: RequestLimits) => void;
  #isLoading = false;
  #control: RequestControl | undefined;

  constructor(lanes: number, logger: Logger, onLimits: (limits: RequestLimits) => void) {
    this.#lanes = lanes;
    this.#logger = logger;
    this.#onLimits = onLimits;
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
    const bounds = requestBounds(this.#lanes, availableMemory());
    const log = new ControlLog(this.#logger, bounds.start);
    this.#control = new RequestControl({
      lanes: this.#lanes,
      bounds,
      onLimits: this.#onLimits,
      onControl: (control) => log.add(control),
    });
  }
}
