import {
  comparePaths,
  type IndexProblem,
  type IndexSource,
  indexPath,
  readCrateList,
} from '@crates-mirror/crates-index';
import type { Closure } from '../closure/closure.ts';
import { resolveDependencies, withNeeded } from '../closure/resolve.ts';
import { type Chosen, ChosenTable } from '../model/chosen-table.ts';
import type { PreparedSelection } from '../model/data.ts';
import { isWild } from '../model/name-pattern.ts';
import { isNarrow, type SelectionRules } from '../model/rules.ts';
import { crateReader } from '../read/read-crate.ts';
import { spellingOf } from '../read/spelling.ts';
import { lockedVersions } from './locked.ts';

type OnProblem = (problem: IndexProblem) => void;

export interface PrepareOptions {
  /** When the run began, ms since the epoch [now]. */
  readonly now?: number;
  /** Whether the closure must explain its versions [false]. */
  readonly isExplained?: boolean;
}

/** A selection with the closure of its dependencies. */
export interface ResolvedSelection extends PreparedSelection {
  readonly closure: Closure | undefined;
}

/**
 * Reads the files of the rules, looks up their names in the index, and follows dependencies.
 *
 * @param onProblem called for each name that is not found and each version that is left out
 * @throws UsageError if a file cannot be used
 */
export function prepareSelection(
  rules: SelectionRules,
  index: IndexSource,
  onProblem: OnProblem,
  { now = Date.now(), isExplained = false }: PrepareOptions = {},
): ResolvedSelection {
  const read = crateReader(index, onProblem);
  const chosen = new Map<string, Chosen>();
  for (const path of namedPaths(rules.names, index, onProblem))
    chosen.set(path, { isNamed: true, locked: [], needed: [] });
  for (const [path, versions] of lockedVersions({ rules, now }, read, onProblem))
    chosen.set(path, { isNamed: chosen.has(path), locked: [...versions], needed: [] });
  const data = { rules, chosen: chosen.size === 0 ? undefined : ChosenTable.of(chosen).memory, now };
  const included = includedPaths(rules, index, onProblem);
  const filesFor = (table: SharedArrayBuffer | undefined): readonly string[] | undefined =>
    included && [...new Set([...included, ...pathsIn(table)])].sort(comparePaths);
  const files = filesFor(data.chosen);
  if (rules.deps === undefined) return { data, files, closure: undefined };
  const closure = resolveDependencies(data, rules.deps, { index, read, onProblem, files, isExplained });
  const { memory } = withNeeded(data.chosen, closure);
  return { data: { ...data, chosen: memory }, files: filesFor(memory), closure };
}

/** Whether any crate may be selected by its name: the rules do not list the names. */
export function mayTakeAny(rules: SelectionRules): boolean {
  return !isNarrow(rules) || rules.include.some(isWild);
}

function pathsIn(table: SharedArrayBuffer | undefined): Iterable<string> {
  return table === undefined ? [] : new ChosenTable(table).paths();
}

function namedPaths(lists: readonly string[], index: IndexSource, onProblem: OnProblem): string[] {
  const paths = lists.flatMap((list) => {
    const named = readCrateList(list, '--names', onProblem);
    if (named.length === 0)
      onProblem({ file: list, line: 0, message: 'this list of --names is empty', count: 0 });
    return named;
  });
  return paths.flatMap((path) => spellingOf(path, index) ?? missing(path, '--names', onProblem));
}

/** Index files of the crates included by name; undefined if any crate may be selected. */
function includedPaths(
  rules: SelectionRules,
  index: IndexSource,
  onProblem: OnProblem,
): readonly string[] | undefined {
  if (mayTakeAny(rules)) return undefined;
  return rules.include.flatMap((name) => {
    const path = indexPath(name);
    return spellingOf(path, index) ?? missing(path, '--include', onProblem);
  });
}

function missing(path: string, option: string, onProblem: OnProblem): readonly string[] {
  onProblem({ file: path, line: 0, message: `the index has no such crate, which ${option} names` });
  return [];
}
