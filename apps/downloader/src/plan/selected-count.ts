import type { Counted } from '@crates-mirror/crates-index/count';
import type { RunShard } from '@crates-mirror/layout/run-shard';
import { isPlain } from '@crates-mirror/selection/options';
import type { SelectionData } from '@crates-mirror/selection/selector';
import type { SelectedCountable } from './work.ts';

const COUNTER = new URL('./selected-count-worker.ts', import.meta.url);

/**
 * A plan whose crate files are counted according to the selection. The plan's own count is not
 * used. Those of a shard are not counted.
 */
export function selectedCount(plan: Counted, selection: SelectionData, shard: RunShard | undefined): Counted {
  if (shard !== undefined) return { countable: undefined };
  if (isPlain(selection.rules)) return plan;
  const { countable, counter } = plan;
  if (countable === undefined || counter !== undefined) return { countable: undefined };
  const selected: SelectedCountable = { ...countable, selection };
  return { countable: selected, counter: COUNTER };
}
