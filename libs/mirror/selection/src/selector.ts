import type { IndexProblem, IndexSource } from '@crates-mirror/crates-index';
import { selectEntries } from '@crates-mirror/crates-index/files';
import type { PreparedSelection, SelectionData, Selector } from './data.ts';
import { isPlain, NO_RULES, type SelectionRules } from './rules.ts';

export type { PreparedSelection, SelectionData, Selector, SizeOf } from './data.ts';

/** @param includeYanked whether everything is selected, or what is not yanked */
export function plainSelection(includeYanked: boolean): SelectionData {
  return { rules: { ...NO_RULES, includeYanked }, chosen: undefined, now: 0 };
}

/**
 * Reads what the rules name, and looks it up in the index.
 *
 * @param onProblem told of what is named and not there
 * @throws UsageError when a file cannot be used
 */
export async function openSelection(
  rules: SelectionRules,
  index: IndexSource,
  onProblem: (problem: IndexProblem) => void,
): Promise<PreparedSelection> {
  if (isPlain(rules)) return { data: plainSelection(rules.includeYanked), files: undefined };
  return (await import('./prepare.ts')).prepareSelection(rules, index, onProblem);
}

/** Most runs have no rules, and load nothing for them. */
export async function selectorOf(data: SelectionData): Promise<Selector> {
  if (!isPlain(data.rules)) return new (await import('./selection.ts')).Selection(data);
  const { includeYanked } = data.rules;
  return { isPlain: true, data, select: ({ entries }) => selectEntries(entries, includeYanked) };
}
