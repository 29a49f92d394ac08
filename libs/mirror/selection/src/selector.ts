import type { IndexProblem, IndexSource } from '@crates-mirror/crates-index';
import { selectEntries } from '@crates-mirror/crates-index/files';
import type { PreparedSelection, SelectionData, Selector } from './model/data.ts';
import { isPlain, NO_RULES, type SelectionRules } from './model/rules.ts';

export type { PreparedSelection, SelectionData, Selector, SizeOf } from './model/data.ts';

/** @param includeYanked whether to select everything, or only unyanked versions */
export function plainSelection(includeYanked: boolean): SelectionData {
  return { rules: { ...NO_RULES, includeYanked }, chosen: undefined, now: 0 };
}

/**
 * Reads the files of the rules and looks up their names in the index.
 *
 * @param onProblem called for each name that is not found
 * @throws UsageError if a file cannot be used
 */
export async function openSelection(
  rules: SelectionRules,
  index: IndexSource,
  onProblem: (problem: IndexProblem) => void,
): Promise<PreparedSelection> {
  if (isPlain(rules)) return { data: plainSelection(rules.includeYanked), files: undefined };
  const { mayTakeAny, prepareSelection } = await import('./prepare/prepare.ts');
  // With all crates as roots, a closure takes a hundred megabytes.
  if (rules.deps !== undefined && mayTakeAny(rules)) {
    const { prepareInThread } = await import('./prepare/prepare-in-thread.ts');
    return prepareInThread({ index: index.location, rules }, { onProblem, isBackground: false });
  }
  const { data, files } = prepareSelection(rules, index, onProblem);
  return { data, files };
}

/** Most runs have no rules, so the code for them is loaded only if needed. */
export async function selectorOf(data: SelectionData): Promise<Selector> {
  if (!isPlain(data.rules)) return new (await import('./decide/selection.ts')).Selection(data);
  const { includeYanked } = data.rules;
  return { isPlain: true, data, select: ({ entries }) => selectEntries(entries, includeYanked) };
}
