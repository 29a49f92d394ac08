import type { SelectEntries } from '@crates-mirror/crates-index/files';
import type { Selector, SizeOf } from './data.ts';
import type { Reason } from './decision.ts';

/** Versions by the rule that decided: how many are selected by it, or are left out. */
export type ReasonCounts = Partial<Record<Reason['rule'], number>>;

/** Counts what a selection decides, while it is used. */
export class CountedSelection {
  readonly #selector: Selector;
  readonly #sizeOf: SizeOf | undefined;
  #counts: ReasonCounts = {};

  /** @param sizeOf tells sizes of crate files, as far as they are known */
  constructor(selector: Selector, sizeOf?: SizeOf) {
    this.#selector = selector;
    this.#sizeOf = sizeOf;
  }

  readonly select: SelectEntries = (crate) => {
    const { decide } = this.#selector;
    if (decide === undefined) return this.#selector.select(crate);
    const decisions = decide(crate, this.#sizeOf);
    for (const { because } of decisions) this.#counts[because.rule] = (this.#counts[because.rule] ?? 0) + 1;
    return crate.entries.filter((_, i) => decisions[i]?.isSelected === true);
  };

  /** What was counted since the last time. */
  take(): ReasonCounts {
    const counts = this.#counts;
    this.#counts = {};
    return counts;
  }
}

export function addReasons(sum: ReasonCounts, more: ReasonCounts): void {
  for (const rule of Object.keys(more) as Reason['rule'][]) sum[rule] = (sum[rule] ?? 0) + (more[rule] ?? 0);
}
