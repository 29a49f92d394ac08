import type { SelectEntries } from '@crates-mirror/crates-index/files';
import type { Selector, SizeOf } from '../model/data.ts';
import type { Reason } from '../model/decision.ts';

/** Number of versions selected or left out, by the deciding rule. */
export type ReasonCounts = Partial<Record<Reason['rule'], number>>;

/** A selector that counts its decisions. */
export class CountedSelection {
  readonly #selector: Selector;
  readonly #sizeOf: SizeOf | undefined;
  #counts: ReasonCounts = {};

  /** @param sizeOf sizes of crate files, if known */
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

  /** Returns the counts since the last call. */
  take(): ReasonCounts {
    const counts = this.#counts;
    this.#counts = {};
    return counts;
  }
}

export function addReasons(sum: ReasonCounts, more: ReasonCounts): void {
  for (const rule of Object.keys(more) as Reason['rule'][]) sum[rule] = (sum[rule] ?? 0) + (more[rule] ?? 0);
}
