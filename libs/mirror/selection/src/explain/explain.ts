import { type CrateLines, type Entry, type IndexSource, indexPath } from '@crates-mirror/crates-index';
import { UsageError } from '@crates-mirror/errors';
import type { Closure } from '../closure/closure.ts';
import { Selection } from '../decide/selection.ts';
import type { SizeOf } from '../model/data.ts';
import { type Decision, describeReason, isoTime } from '../model/decision.ts';
import type { Asked } from '../options/explain-option.ts';
import type { ResolvedSelection } from '../prepare/prepare.ts';
import { readCargoLock } from '../read/cargo-lock.ts';
import { crateReader } from '../read/read-crate.ts';
import { spellingOf } from '../read/spelling.ts';

/** Why a version is selected or not. */
export interface Explanation {
  readonly name: string;
  readonly version: string;
  readonly decision: Decision;
  /** The reason in words. Each further element explains why the previous one is selected. */
  readonly because: readonly string[];
}

export interface KnownToMirror {
  /** Whether the mirror has held the requested version, which may have left the index [false]. */
  readonly wasHeld?: boolean;
  readonly sizeOf?: SizeOf;
}

/** Maximum length of a chain of dependencies. */
const MAX_CHAIN = 100;

/** The lines of a crate; none if the index does not have it. */
export function entriesOf(index: IndexSource, name: string): readonly Entry[] {
  const path = spellingOf(indexPath(name), index);
  return (path === undefined ? undefined : crateReader(index, () => {})(path))?.entries ?? [];
}

/**
 * Explains the decisions on a crate's versions, in the order of the index.
 *
 * @param mirror what the mirror knows of the crate
 * @throws UsageError if the index does not have the requested version or crate
 */
export function explain(
  prepared: ResolvedSelection,
  index: IndexSource,
  asked: Asked,
  mirror: KnownToMirror = {},
): readonly Explanation[] {
  const read = crateReader(index, () => {});
  const path = spellingOf(indexPath(asked.name), index);
  const crate = path === undefined ? undefined : read(path);
  const selection = new Selection(prepared.data);
  const all = crate === undefined ? [] : explainCrate(crate, selection, prepared, mirror.sizeOf);
  const found = all.filter(({ version }) => version === (asked.version ?? version));
  if (crate === undefined || found.length === 0)
    return [explainAbsent(selection, asked, mirror.wasHeld === true, all.length)];
  // Other crates are read only now, because that overwrites the bytes of this crate.
  return found.map((one) => ({
    ...one,
    because: [...one.because, ...leadingTo(crate.path, one.version, one.decision, prepared.closure, whyRoot)],
  }));

  function whyRoot(rootPath: string, version: string): string {
    const root = read(rootPath);
    const decision =
      root && selection.decide(root)[root.entries.findIndex((entry) => entry.version === version)];
    return decision === undefined ? '' : describeReason(decision.because);
  }
}

/** @throws UsageError if nothing is known of it */
function explainAbsent(
  selection: Selection,
  { name, version }: Asked,
  wasHeld: boolean,
  others: number,
): Explanation {
  if (version !== undefined && (wasHeld || selection.denialOf(name, version) !== undefined)) {
    const decision = selection.decideAbsent(name, version, false);
    return { name, version, decision, because: [describeReason(decision.because)] };
  }
  if (others === 0) throw new UsageError(`--explain: the index has no crate '${name}'`);
  throw new UsageError(`--explain: the index has no version ${version} of ${name}`, {
    hint: `Leave it out to see all ${others}`,
  });
}

function explainCrate(
  crate: CrateLines,
  selection: Selection,
  { data }: ResolvedSelection,
  sizeOf: SizeOf | undefined,
): Explanation[] {
  const decisions = selection.decide(crate, sizeOf);
  return crate.entries.flatMap(({ name, version }, i) => {
    const decision = decisions[i];
    if (decision === undefined) return [];
    const locks =
      decision.because.rule === 'cargo-lock' ? lockFilesWith(data.rules.cargoLocks, name, version) : [];
    const reason = locks.length > 0 ? `pinned by ${locks.join(' and ')}` : describeReason(decision.because);
    return [{ name, version, decision, because: [reason + comingOfAge(decision)] }];
  });
}

function comingOfAge(decision: Decision): string {
  return decision.isSelected || decision.until === undefined
    ? ''
    : `, comes of age at ${isoTime(decision.until)}`;
}

function lockFilesWith(files: readonly string[], name: string, version: string): string[] {
  return files.filter((file) =>
    readCargoLock(file).packages.some((one) => one.name === name && one.version === version),
  );
}

/** The chain of dependencies that leads to a version, and why its root is selected. */
function leadingTo(
  path: string,
  version: string,
  { because: { rule } }: Decision,
  closure: Closure | undefined,
  whyRoot: (path: string, version: string) => string,
): string[] {
  if (rule !== 'deps' || closure === undefined) return [];
  const steps: string[] = [];
  for (let [of, at] = [path, version]; steps.length < MAX_CHAIN; ) {
    const edge = closure.because(of, at);
    if (edge === undefined) return [...steps, `${nameIn(of)} ${at}: ${whyRoot(of, at)}`];
    steps.push(`${nameIn(edge.path)} ${edge.version} depends on ${nameIn(of)} ${edge.requirement}`);
    [of, at] = [edge.path, edge.version];
  }
  return steps;
}

function nameIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
