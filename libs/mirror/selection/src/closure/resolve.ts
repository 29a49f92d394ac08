import { type CrateLines, type IndexProblem, type IndexSource, walkIndex } from '@crates-mirror/crates-index';
import { Gates } from '../decide/gates.ts';
import { Selection } from '../decide/selection.ts';
import { type Chosen, ChosenTable } from '../model/chosen-table.ts';
import type { SelectionData } from '../model/data.ts';
import type { DependencyVersions } from '../model/rules.ts';
import type { ReadCrate } from '../read/read-crate.ts';
import { Closure } from './closure.ts';

/** Index files in one batch of a walk. */
const BATCH = 1000;
/** Dependencies on other registries that are reported individually. */
const MAX_LISTED = 20;

export interface ResolveDeps {
  readonly index: IndexSource;
  readonly read: ReadCrate;
  readonly onProblem: (problem: IndexProblem) => void;
  /** The only index files that may have roots; undefined for any. */
  readonly files: readonly string[] | undefined;
  /** Whether the closure must explain its versions. */
  readonly isExplained: boolean;
}

/**
 * Follows the dependencies of everything selected without them.
 * @param data the selection without dependencies
 */
export function resolveDependencies(
  data: SelectionData,
  versions: DependencyVersions,
  { index, read, onProblem, files, isExplained }: ResolveDeps,
): Closure {
  const { rules } = data;
  const gates = new Gates(data);
  const selection = new Selection(data);
  const isUsable = (crate: CrateLines): boolean[] => {
    const refusalOf = gates.refusalsOf(crate);
    return crate.entries.map(
      (entry) =>
        // cargo does not resolve to a yanked version unless it is locked.
        (rules.includeYanked || !entry.yanked) &&
        gates.refusalByDenylist(entry.name, entry.version) === undefined &&
        refusalOf(entry) === undefined,
    );
  };
  const closure = new Closure({ rules, versions, read, isUsable, isExplained });
  for (const path of files ?? allFiles(index)) {
    const crate = read(path);
    const decisions = crate === undefined ? [] : selection.decide(crate);
    const places = [...decisions.keys()].filter((place) => decisions[place]?.isSelected === true);
    if (crate !== undefined && places.length > 0) closure.add(crate, places);
  }
  closure.run();
  reportLeftOut(closure, onProblem);
  return closure;
}

function* allFiles(index: IndexSource): Generator<string> {
  // The subsequent run reports what cannot be walked.
  for (const { files } of walkIndex(index, BATCH, () => {})) yield* files;
}

function reportLeftOut({ leftOut }: Closure, onProblem: (problem: IndexProblem) => void): void {
  for (const { path, version, name, registry } of leftOut.slice(0, MAX_LISTED))
    onProblem({
      file: path,
      line: 0,
      message: `${version} depends on ${name} of another registry, which is left out: ${registry}`,
      count: 0,
    });
  const more = leftOut.length - MAX_LISTED;
  if (more > 0)
    onProblem({
      file: '--deps',
      line: 0,
      message: `${more} further dependencies are on other registries`,
      count: 0,
    });
}

/** The table of chosen crates with the dependencies added. */
export function withNeeded(chosen: SharedArrayBuffer | undefined, closure: Closure): ChosenTable {
  const before = chosen === undefined ? undefined : new ChosenTable(chosen);
  return ChosenTable.of(rows());

  function* rows(): Generator<readonly [path: string, chosen: Chosen]> {
    const others = new Set(before?.paths());
    for (const [path, needed] of closure.needed()) {
      others.delete(path);
      yield [path, { ...(before?.get(path) ?? NOTHING), needed }];
    }
    for (const path of others) yield [path, before?.get(path) ?? NOTHING];
  }
}

const NOTHING: Chosen = { isNamed: false, locked: [], needed: [] };
