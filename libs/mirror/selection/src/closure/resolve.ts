import { type CrateLines, type IndexProblem, type IndexSource, walkIndex } from '@crates-mirror/crates-index';
import { Gates } from '../decide/gates.ts';
import { Selection } from '../decide/selection.ts';
import { ChosenTable } from '../model/chosen-table.ts';
import type { SelectionData } from '../model/data.ts';
import type { DependencyVersions } from '../model/rules.ts';
import type { ReadCrate } from '../read/read-crate.ts';
import { Closure } from './closure.ts';
import { CrateGraph } from './crate-graph.ts';

/** Index files in one batch of a walk. */
const BATCH = 1000;
/** Dependencies on other registries that are reported individually. */
const MAX_TOLD = 20;

export interface ResolveParts {
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
  { index, read, onProblem, files, isExplained }: ResolveParts,
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
  const closure = new Closure(new CrateGraph({ rules, read, isUsable }), versions, isExplained);
  for (const path of files ?? allFiles(index)) {
    const crate = read(path);
    const selected = new Set(crate && selection.select(crate));
    const places = [...(crate?.entries.entries() ?? [])].filter(([, entry]) => selected.has(entry));
    if (places.length > 0)
      closure.add(
        path,
        places.map(([place]) => place),
      );
  }
  closure.run();
  tellLeftOut(closure, onProblem);
  return closure;
}

function* allFiles(index: IndexSource): Generator<string> {
  // The subsequent run reports what cannot be walked.
  for (const { files } of walkIndex(index, BATCH, () => {})) yield* files;
}

function tellLeftOut({ leftOut }: Closure, onProblem: (problem: IndexProblem) => void): void {
  for (const { path, version, name, registry } of leftOut.slice(0, MAX_TOLD))
    onProblem({
      file: path,
      line: 0,
      message: `${version} depends on ${name} of another registry, which is left out: ${registry}`,
      count: 0,
    });
  const more = leftOut.length - MAX_TOLD;
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
  const rows = new Map(
    Array.from(before?.paths() ?? [], (path) => [path, before?.get(path) ?? NOTHING] as const),
  );
  for (const [path, needed] of closure.needed()) rows.set(path, { ...(rows.get(path) ?? NOTHING), needed });
  return ChosenTable.of(rows);
}

const NOTHING = { isNamed: false, locked: [], needed: [] };
