import { type Dirent, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ask } from '@crates-mirror/cli';
import { errorCode, errorMessage } from '@crates-mirror/errors';
import { HOME_DIRECTORY, parseLayout } from '@crates-mirror/layout';
import type { Selector } from '@crates-mirror/selection/selector';
import { formatSidecars } from './format-sidecars.ts';
import type { IndexRoot } from './index-root.ts';
import { KnownPaths } from './known-paths.ts';
import type { Problem } from './lane/protocol.ts';
import type { SidecarOptions } from './options.ts';
import { type OwnSidecar, readOwnSidecar } from './own-sidecar.ts';
import { SIDECAR_SUFFIX } from './sidecar-suffix.ts';

const MAX_EXAMPLES = 5;
/** Files that are checked before signals are processed again. */
const FILES_A_TURN = 64;

export interface PruneDeps {
  readonly options: Pick<SidecarOptions, 'layout' | 'yes'> & { readonly out: string };
  readonly index: IndexRoot;
  readonly selector: Pick<Selector, 'decide'>;
  /** Stops pruning between two files. */
  readonly signal: AbortSignal;
  /** Called with each file that cannot be read or removed. Such files are skipped. */
  readonly report: (problem: Problem) => void;
  /** Called with the path of each removed sidecar. */
  readonly onRemoved: (path: string) => void;
}

/** A sidecar for which the index has no version, or none that is selected. */
interface Orphan {
  /** Its path relative to the mirror's root. */
  readonly path: string;
  readonly sidecar: OwnSidecar;
}

/**
 * Finds the sidecars whose path belongs to no wanted entry of the index, asks for confirmation, and
 * removes them. The version is gone, or no longer selected, or its path has changed, for instance
 * with its checksum.
 *
 * A file only counts as a sidecar if it has the contents of one, and is where its contents say it
 * belongs. If an index file has malformed lines, its sidecars are kept.
 *
 * @throws FatalError if the index is unreliable; removals before that were reported
 */
export async function prune(deps: PruneDeps): Promise<void> {
  const { options, index, signal } = deps;
  const orphans = await findOrphans(deps);
  if (orphans.length === 0 || signal.aborted) return;
  index.check();
  if (!options.yes && !(await confirm(orphans, deps))) return;
  // Checks again, because the index may have changed: confirmation may take hours.
  const known = new KnownPaths(index, parseLayout(options.layout), deps.selector);
  for (const { path, sidecar } of orphans) {
    await nextTurn();
    if (signal.aborted) return;
    if (!known.has(sidecar.index_path, sidecar.crate_file)) remove(path, deps);
  }
}

/**
 * Checks every JSON file of the mirror.
 *
 * @returns the orphans; only some if stopped
 * @throws FatalError as {@link prune} does
 */
async function findOrphans(deps: PruneDeps): Promise<Orphan[]> {
  const { out, layout } = deps.options;
  const known = new KnownPaths(deps.index, parseLayout(layout), deps.selector);
  const orphans: Orphan[] = [];
  for (const files of jsonFiles('', deps)) {
    await nextTurn();
    for (const [i, path] of files.entries()) {
      if (i % FILES_A_TURN === FILES_A_TURN - 1) await nextTurn();
      if (deps.signal.aborted) return orphans;
      const sidecar = tryOrReport(path, 'read', deps, () => readOwnSidecar(join(out, path)));
      if (sidecar === undefined || sidecar.crate_file + SIDECAR_SUFFIX !== path) continue;
      if (!known.has(sidecar.index_path, sidecar.crate_file)) orphans.push({ path, sidecar });
    }
  }
  return orphans;
}

function remove(path: string, deps: PruneDeps): void {
  const isRemoved = tryOrReport(path, 'removed', deps, () => {
    unlinkSync(join(deps.options.out, path));
    return true;
  });
  if (isRemoved === true) deps.onRemoved(path);
}

/** Candidates for sidecars, one directory at a time. */
function* jsonFiles(directory: string, deps: PruneDeps): Generator<string[]> {
  const entries = tryOrReport(directory, 'read', deps, () => list(join(deps.options.out, directory))) ?? [];
  const pathOf = ({ name }: Dirent): string => (directory === '' ? name : `${directory}/${name}`);
  yield entries.filter((entry) => entry.isFile() && entry.name.endsWith(SIDECAR_SUFFIX)).map(pathOf);
  for (const entry of entries)
    if (entry.isDirectory() && pathOf(entry) !== HOME_DIRECTORY) yield* jsonFiles(pathOf(entry), deps);
}

function list(directory: string): Dirent[] {
  return readdirSync(directory, { withFileTypes: true });
}

/** A file that was removed meanwhile is not a problem. @returns undefined if the action failed */
function tryOrReport<T>(
  path: string,
  done: 'read' | 'removed',
  { options, report }: PruneDeps,
  operation: () => T,
): T | undefined {
  try {
    return operation();
  } catch (error) {
    if (errorCode(error) === 'ENOENT' && path !== '') return undefined;
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    report({
      file: path === '' ? options.out : path,
      line: 0,
      message: `cannot be ${done}: ${errorMessage(error)}`,
    });
    return undefined;
  }
}

/** Asks for confirmation on the terminal. */
function confirm(orphans: readonly Orphan[], { options, selector, signal }: PruneDeps): Promise<boolean> {
  const count = orphans.length;
  const examples = orphans.slice(0, MAX_EXAMPLES);
  const shown = examples.map(({ path }) => `  ${path}\n`).join('');
  const more = count > examples.length ? '  …\n' : '';
  return ask(
    `${selector.decide === undefined ? 'The index no longer has' : 'Index and selection no longer have'} what ${formatSidecars(count)} in ${options.out} ${count === 1 ? 'describes' : 'describe'}:\n${shown}${more}Remove them? [y/N] `,
    signal,
  );
}
